import type { Head } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import type { Logger, Metrics } from '../../domain/ports.js'

/**
 * Runs `work` for the newest head and for no other: heads that arrive while it works are dropped but the last. A failure
 * is logged and the next head tries again, so one bad block never stops the loop.
 */
export class BlockLoop {
  private newest: Head | null = null
  private running: Promise<void> | null = null
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
    this.running ??= this.run()
  }

  /** Resolves when nothing is being worked on. */
  async idle(): Promise<void> {
    await this.running
  }

  private async run(): Promise<void> {
    // the indexer tells one market after another within one turn of the event loop: begin when all were told
    await new Promise((resolve) => setImmediate(resolve))
    for (let head = this.newest; head !== null; head = this.newest) {
      this.newest = null
      const started = performance.now()
      try {
        await this.work(head)
        this.done = { number: head.number, atMs: Date.now() }
        this.metrics.observe('block_seconds', (performance.now() - started) / 1000)
      } catch (error) {
        this.metrics.count('block_failures')
        this.logger.error('block', { block: head.number, problem: messageOf(error) })
      }
    }
    // in the same turn in which the loop saw nothing new: no head can come in between
    this.running = null
  }
}
