import type { Head } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import type { PositionRefusal } from '../../domain/refusal.js'
import type { IntentBook } from '../../execution/intent-book.js'
import { placeOf } from './suspects.js'

/** Records why liquidatable positions were not taken; tells people only when the reason of a position changes. */
export class RefusalBook {
  private told = new Map<string, string>()

  constructor(
    private readonly book: Pick<IntentBook, 'refused'>,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
    private readonly stopping: AbortSignal,
  ) {}

  /** All refusals of one block: positions that are not among them are forgotten. A ledger that fails is logged. */
  keep(refusals: readonly PositionRefusal[], head: Head): void {
    const now = new Map<string, string>()
    this.write(refusals, head, now)
    this.told = now
  }

  /** Refusals between two blocks: the others stand. */
  add(refusals: readonly PositionRefusal[], head: Head): void {
    this.write(refusals, head, this.told)
  }

  private write(refusals: readonly PositionRefusal[], head: Head, now: Map<string, string>): void {
    for (const refusal of refusals) {
      const place = placeOf(refusal)
      const before = this.told.get(place)
      now.set(place, refusal.code)
      if (before === refusal.code) continue
      this.metrics.count('refusals', { reason: refusal.code })
      const { market, position, code, detail, figure } = refusal
      this.logger.info('refused', { market, position, reason: code, detail, figure, block: head.number })
    }
    if (refusals.length === 0) return
    try {
      this.book.refused(refusals, head.number)
    } catch (error) {
      // stopping does not wait for a slow block: what that one says comes when the books are closed
      this.logger[this.stopping.aborted ? 'debug' : 'error']('ledger', {
        block: head.number,
        problem: messageOf(error),
      })
    }
  }
}
