import type { Address, Hex } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import type { PositionRefusal } from '../../domain/refusal.js'
import type { Booked, IntentBook } from '../../execution/intent-book.js'
import type { BlockInfo, Receipt } from '../../execution/receipt.js'
import type { AttemptRecord, IntentRecord, OutcomeRecord } from '../../execution/records.js'
import type { RelayAnswer } from '../../execution/relays/fan-out.js'
import type { Ledger } from '../../ledger/ledger.js'

/** The ledger as execution sees it; profit on `/metrics` is the ledger's own sum, taken anew whenever an outcome is told. */
export class WatchedBook implements IntentBook {
  constructor(
    private readonly ledger: Ledger,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
    /** Told behind every outcome. */
    private readonly changed: () => void = () => undefined,
  ) {
    this.show()
  }

  attempted(intent: IntentRecord, attempt: AttemptRecord): void {
    this.ledger.attempted(intent, attempt)
  }

  answered(transactionHash: Hex, answers: readonly RelayAnswer[]): void {
    this.ledger.answered(transactionHash, answers)
  }

  landed(intentId: string, receipt: Receipt, block: BlockInfo): Booked {
    return this.ledger.landed(intentId, receipt, block)
  }

  valued(transactionHash: Hex, blockHash: Hex, netUsd8: bigint, unpriced: readonly Address[]): void {
    this.ledger.valued(transactionHash, blockHash, netUsd8, unpriced)
  }

  reorged(transactionHash: Hex): void {
    this.ledger.reorged(transactionHash)
  }

  /** The last word on a change: what was booked and taken back for it stands in the ledger by now. */
  outcome(record: OutcomeRecord): void {
    this.ledger.outcome(record)
    this.changed()
    this.show()
  }

  refused(refusals: readonly PositionRefusal[], block: number): void {
    this.ledger.refused(refusals, block)
  }

  /** A sum that cannot be read must not keep the outcome from the journal. */
  private show(): void {
    try {
      this.metrics.gauge('profit_usd', Number(this.ledger.realisedUsd8()) / 1e8)
      this.metrics.gauge('would_have_earned_usd', Number(this.ledger.dryRunUsd8()) / 1e8)
    } catch (error) {
      this.logger.error('ledger', { problem: messageOf(error) })
    }
  }
}
