import type { Head } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import type { Logger, Metrics } from '../../domain/ports.js'

/** A failed look is worth another one while the block lasts: a node in the middle of a reorg, a pool that could not be read. */
const RETRY_MS = 400
const RETRIES = 3

/**
 * Runs `work` for the newest head and for no other: heads that arrive while it works are dropped but the last. A failure
 * is logged and the same head tried again a few times unless a newer one has come, so one bad moment costs no block.
 */
export class BlockLoop {
  private newest: Head | null = null
  private running: Promise<void> | null = null
  /** Hash of the last head that was pushed. */
  private pushed = ''
  private failed: { readonly hash: string; times: number } | null = null
  /** The last head that was worked through, and when. */
  done: { readonly number: number; readonly atMs: number } | null = null

  constructor(
    private readonly work: (head: Head) => Promise<void>,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  push(head: Head): void {
    // every market of the chain announces the same head
    if (this.newest !== null && this.newest.hash !== head.hash) this.metrics.count('heads_skipped')
    this.newest = head
    this.pushed = head.hash
    this.running ??= this.run()
  }

  /** For the end: nothing is tried again; resolves when nothing is being worked on. */
  async idle(): Promise<void> {
    this.pushed = ''
    await this.running
  }

  private async run(): Promise<void> {
    // the indexer tells one market after another within one turn of the event loop: begin when all were told
    await new Promise((resolve) => setImmediate(resolve))
    for (let head = this.newest; head !== null; head = this.newest) {
      this.newest = null
      const started = performance.now()
      if (this.failed?.hash !== head.hash) this.failed = { hash: head.hash, times: 0 }
      try {
        await this.work(head)
        this.done = { number: head.number, atMs: Date.now() }
        this.metrics.observe('block_seconds', (performance.now() - started) / 1000)
      } catch (error) {
        this.metrics.count('block_failures')
        this.logger.error('block', { block: head.number, problem: messageOf(error) })
        this.again(head, this.failed)
      }
    }
    // in the same turn in which the loop saw nothing new: no head can come in between
    this.running = null
  }

  private again(head: Head, failed: { times: number }): void {
    if (failed.times++ >= RETRIES) return
    setTimeout(() => {
      // a newer head has been worked through, or waits: this one is the past
      if (this.newest === null && this.pushed === head.hash) this.push(head)
    }, RETRY_MS * failed.times).unref()
  }
}
