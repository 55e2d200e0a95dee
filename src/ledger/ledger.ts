import type { Address, Hex } from '../domain/chain.js'
import type { RefusalCode } from '../domain/refusal.js'
import type { IntentBook } from '../execution/intent-book.js'
import type { LegRecord } from '../execution/records.js'
import type { PriceInWei } from './totals.js'

/** One mined attempt as it stands in the canonical chain. */
export interface BookedRow {
  readonly transactionHash: Hex
  readonly blockHash: Hex
  readonly intentId: string
  readonly blockNumber: number
  readonly blockTime: number
  /** UTC, `2026-11-21`. */
  readonly day: string
  readonly builder: Address
  readonly extraData: string
  readonly status: 0 | 1
  /** False where the executor found the position healthy and returned. */
  readonly executed: boolean
  readonly gasWei: bigint
  readonly bidWei: bigint
  readonly expectedNetWei: bigint
  readonly legs: readonly LegRecord[]
  /** Raw units per token, gas and bid included under `NATIVE`. */
  readonly deltas: ReadonlyMap<Address, bigint>
}

export interface RefusalRow {
  readonly market: string
  readonly position: string
  readonly code: RefusalCode
  readonly detail: string
  readonly figure: string | null
  readonly firstBlock: number
  readonly lastBlock: number
  readonly count: number
}

export interface DayRow {
  readonly day: string
  readonly transactions: number
  readonly reverted: number
  readonly gasWei: bigint
  readonly bidWei: bigint
  readonly deltas: ReadonlyMap<Address, bigint>
}

/** Everything `keeper report` prints. */
export interface LedgerReport {
  readonly bookings: readonly BookedRow[]
  readonly deltas: ReadonlyMap<Address, bigint>
  readonly days: readonly DayRow[]
  readonly gasWei: bigint
  readonly bidWei: bigint
  readonly intents: number
  readonly attempts: number
  /** Intents per outcome word, dry runs under `dry-run`. */
  readonly outcomes: ReadonlyMap<string, number>
  /** Distinct positions per reason. */
  readonly refusals: ReadonlyMap<RefusalCode, number>
  /** Blocks won per builder, by fee recipient. */
  readonly builders: ReadonlyMap<Address, number>
  /** Net that the dry-run intents would have earned. */
  readonly dryRunNetWei: bigint
}

/** The books. SQLite implements it; several machines would share a PostgreSQL behind the same methods. */
export interface Ledger extends IntentBook {
  report(): LedgerReport
  /** Live sums per token valued at once and rounded down once, in wei. Throws for a token without a price. */
  totals(prices: ReadonlyMap<Address, PriceInWei>): bigint
  refusals(): readonly RefusalRow[]
  /** Distinct `market/position` that a landed, executed transaction liquidated. */
  landedPositions(): readonly string[]
  close(): void
}
