import type { Address, Hex } from '../domain/chain.js'
import type { PositionRefusal } from '../domain/refusal.js'
import type { BlockInfo, Receipt } from './receipt.js'
import type { AttemptRecord, IntentRecord, OutcomeRecord } from './records.js'
import type { RelayAnswer } from './relays/fan-out.js'

/** What a booking did to our accounts: raw units per token. */
export interface Booked {
  /** With the chain's coin under its own name. */
  readonly deltas: ReadonlyMap<Address, bigint>
  /** What contracts claim that are none of the tokens of the order or of any market: never counted. */
  readonly strays: ReadonlyMap<Address, bigint>
}

/**
 * Where execution reports what happened, off the hot path; the ledger implements it. Every method may be called again with
 * the same facts (after a crash the journal repeats them) and then changes nothing.
 */
export interface IntentBook {
  /** An attempt was journalled (and sent, unless the intent is a dry run). */
  attempted(intent: IntentRecord, attempt: AttemptRecord): void
  answered(transactionHash: Hex, answers: readonly RelayAnswer[]): void
  /**
   * The attempt is in this canonical block: books its receipt and returns what it did to our accounts. Bookings of it in
   * other blocks are taken back.
   */
  landed(intentId: string, receipt: Receipt, block: BlockInfo): Booked
  /**
   * What the booking of the attempt in that block was worth when it was booked, USD with 8 decimals, without the tokens of
   * `unpriced`. The first worth stays: told again at later prices it changes nothing.
   */
  valued(transactionHash: Hex, blockHash: Hex, netUsd8: bigint, unpriced: readonly Address[]): void
  /** The attempt is in no canonical block (any more): takes its bookings back. */
  reorged(transactionHash: Hex): void
  outcome(record: OutcomeRecord): void
  /** Liquidatable positions that were not taken, with the reason, at `block`. */
  refused(refusals: readonly PositionRefusal[], block: number): void
}
