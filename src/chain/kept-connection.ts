import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../domain/errors.js'
import type { Logger } from '../domain/ports.js'

export interface KeptOptions {
  /** For the log; never with a secret in it. */
  readonly name: string
  /** Opens it; `lost` is called once it has ended by itself. Resolves to what ends it. */
  readonly open: (lost: (why: string) => void) => Promise<() => void>
  readonly logger: Logger
  readonly firstPauseMs?: number
}

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 15_000
/** One that held as long has failed for another reason than the one before. */
const HELD_MS = 60_000

/** Keeps something open that may be lost at any time: opens it again, after a longer pause for each failure in a row. */
export class KeptConnection {
  private readonly ending = new AbortController()
  private running: Promise<void> | null = null
  private failures = 0

  constructor(private readonly options: KeptOptions) {}

  start(): void {
    this.running ??= this.run()
  }

  /** Returns when it is closed and nothing of it runs any more. */
  async stop(): Promise<void> {
    this.ending.abort()
    await this.running
  }

  private async run(): Promise<void> {
    const { signal } = this.ending
    while (!signal.aborted) {
      const openedAtMs = Date.now()
      const why = await this.once()
      if (signal.aborted) return
      this.failures = Date.now() - openedAtMs > HELD_MS ? 0 : this.failures + 1
      if (this.failures <= 1 || this.failures % 20 === 0)
        this.options.logger.warn('connection', { to: this.options.name, lost: why, failures: this.failures })
      const { firstPauseMs = FIRST_PAUSE_MS } = this.options
      const pause = Math.min(firstPauseMs * 2 ** Math.min(this.failures, 10), LONGEST_PAUSE_MS)
      await sleep(pause, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  /** From opening to the end; why it ended. */
  private async once(): Promise<string> {
    const { name, open, logger } = this.options
    const { signal } = this.ending
    let end: () => void = () => undefined
    try {
      return await new Promise<string>((resolve, reject) => {
        signal.addEventListener(
          'abort',
          () => {
            resolve('stopped')
          },
          { once: true },
        )
        open(resolve).then((close) => {
          end = close
          if (signal.aborted) close()
          else logger.info('connection', { to: name, state: 'open' })
        }, reject)
      })
    } catch (error) {
      return messageOf(error)
    } finally {
      end()
    }
  }
}
