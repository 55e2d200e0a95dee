import type { Address, Hex } from '../domain/chain.js'
import type { Token } from '../domain/market.js'
import type { RefusalCode } from '../domain/refusal.js'
import type { Contest } from '../execution/bids/learn.js'
import type { Booked, IntentBook } from '../execution/intent-book.js'
import type { Missed } from '../execution/misses/missed.js'
import type { MissBook } from '../execution/misses/misses.js'
import type { BlockInfo, Receipt } from '../execution/receipt.js'
import type { BehindRecord, LegRecord } from '../execution/records.js'
import type { BackstopRow } from './backstop-report.js'
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
  /** Gas and bid as they were reckoned with when it was signed. */
  readonly expectedFeesWei: bigint
  readonly expectedNetWei: bigint
  /** Expected when it was signed, at the prices of then. */
  readonly expectedNetUsd8: bigint
  /** Realised: worth of `deltas` without `unpriced` at the prices when it was booked; null where nobody valued it. */
  readonly netUsd8: bigint | null
  /** Tokens of `deltas` that had no price when it was booked. */
  readonly unpriced: readonly Address[]
  /** What it was signed for, without `lost`. */
  readonly legs: readonly LegRecord[]
  /** Legs that it landed without: their positions were somebody else's first. */
  readonly lost: readonly LegRecord[]
  /** Raw units per token, gas and bid included under `NATIVE`. */
  readonly deltas: ReadonlyMap<Address, bigint>
  /** Transfers that unknown contracts claim; in no sum. */
  readonly strays: ReadonlyMap<Address, bigint>
}

/** What people call a token. */
export interface TokenName {
  readonly symbol: string
  readonly decimals: number
}

/** One signed transaction with what became of it, mined or not. */
export interface AttemptRow {
  readonly transactionHash: Hex
  readonly intentId: string
  readonly sentAtMs: number
  /** UTC day of the sending. */
  readonly day: string
  readonly targetBlock: number
  readonly deadlineBlock: number
  /** `landed`, `too-late`, `reverted`, `replaced` (another attempt of the intent was mined), else the intent's outcome. */
  readonly outcome: string
  readonly detail: string
  readonly expectedNetWei: bigint
  readonly expectedNetUsd8: bigint
  readonly expectedGasWei: bigint
  readonly expectedBidWei: bigint
  readonly legs: readonly LegRecord[]
  /** Those of `legs` that it landed without. */
  readonly lost: readonly LegRecord[]
  /** What it followed; null where it paid on the chain as it was. */
  readonly behind: BehindRecord | null
  /** What each relay answered, by its name; `said` is its reason where it gave one. */
  readonly answers: readonly { readonly relay: string; readonly kind: string; readonly said: string }[]
  /** What it really cost and earned, where it is in a canonical block. */
  readonly mined: MinedFigures | null
}

export type MinedFigures = Pick<BookedRow, 'blockNumber' | 'builder' | 'gasWei' | 'bidWei' | 'netUsd8'>

/**
 * One market's part of everything that was mined. A transaction that liquidates in several markets is divided by the gains
 * that were expected of its legs; the parts add up to the whole exactly.
 */
export interface MarketRow {
  readonly market: string
  /** Transactions with a leg in this market, and those of them that reverted. */
  readonly transactions: number
  readonly reverted: number
  /** Distinct positions that were liquidated. */
  readonly positions: number
  readonly gasWei: bigint
  readonly bidWei: bigint
  readonly expectedNetUsd8: bigint
  readonly netUsd8: bigint
}

/** Intents with one outcome word, and positions: those that a landed transaction lost stand under `outbid`. */
export interface OutcomeRow {
  readonly outcome: string
  readonly intents: number
  /** Positions of these intents, by the newest attempt of each. */
  readonly positions: number
  /** By the newest attempt of each intent; of one that lost positions divided by the gains that were expected of its legs. */
  readonly expectedNetUsd8: bigint
  readonly netUsd8: bigint
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
  readonly expectedNetUsd8: bigint
  /** Sum over what could be valued. */
  readonly netUsd8: bigint
  readonly unvalued: number
  readonly deltas: ReadonlyMap<Address, bigint>
}

/** Everything `keeper report` prints. */
export interface LedgerReport {
  readonly bookings: readonly BookedRow[]
  readonly attemptRows: readonly AttemptRow[]
  readonly tokens: ReadonlyMap<Address, TokenName>
  readonly deltas: ReadonlyMap<Address, bigint>
  readonly days: readonly DayRow[]
  readonly markets: readonly MarketRow[]
  /** What was done at an expected loss, per market and day. */
  readonly backstop: readonly BackstopRow[]
  /** Transfers that unknown contracts claim to or from our accounts; in no sum. */
  readonly strays: ReadonlyMap<Address, bigint>
  readonly gasWei: bigint
  readonly bidWei: bigint
  readonly expectedNetUsd8: bigint
  /** Realised, each booking at the prices when it was booked. */
  readonly netUsd8: bigint
  /** Bookings without a full worth: a token had no price, or an older keeper booked them. */
  readonly unvalued: number
  readonly intents: number
  readonly attempts: number
  /** Intents per outcome word, dry runs under `dry-run`. */
  readonly outcomes: ReadonlyMap<string, number>
  readonly outcomeRows: readonly OutcomeRow[]
  /** Distinct positions per reason. */
  readonly refusals: ReadonlyMap<RefusalCode, number>
  /** Blocks won per builder, by fee recipient. */
  readonly builders: ReadonlyMap<Address, number>
  /** Net that the dry-run intents would have earned. */
  readonly dryRunNetWei: bigint
  readonly dryRunNetUsd8: bigint
}

/** The books. SQLite implements it; several machines would share a PostgreSQL behind the same methods. */
export interface Ledger extends IntentBook, MissBook {
  /** Others' liquidations of positions in our markets, oldest first. */
  misses(): readonly Missed[]
  /** The newest blocks that were won or lost with a bid of ours, oldest first. */
  contests(): readonly Contest[]
  /**
   * Books what a confirmed transaction of somebody else did to our accounts, once; null where it did nothing or is one of
   * ours.
   */
  received(receipt: Receipt, block: BlockInfo): Booked | null
  /** Last block that was searched for such transactions at `source`; null when none was. */
  receivedUpTo(source: string): number | null
  hasReceivedUpTo(source: string, block: number): void
  /** Others' transactions that stand as booked in these blocks, both ends included. */
  receivedIn(from: number, to: number): readonly Pick<BookedRow, 'transactionHash' | 'blockHash'>[]
  report(): LedgerReport
  /** Symbols and decimals for the report; the newest naming of an address stands. Control characters are left out. */
  named(tokens: readonly Token[]): void
  /** Realised USD with 8 decimals of the canonical chain: the sum that `report` shows. */
  realisedUsd8(): bigint
  /** Of all dry runs, USD with 8 decimals. */
  dryRunUsd8(): bigint
  /** Live sums per token valued at once and rounded down once, in wei. Throws for a token without a price. */
  totals(prices: ReadonlyMap<Address, PriceInWei>): bigint
  refusals(): readonly RefusalRow[]
  /** Distinct `market/position` that a landed, executed transaction liquidated. */
  landedPositions(): readonly string[]
  close(): void
}
