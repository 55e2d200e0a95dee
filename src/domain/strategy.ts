import type { Address, BlockRef, CallRequest, Hex, LogFilter, RawLog, Reader } from './chain.js'
import type { Market, PositionId, Token } from './market.js'
import type { Amounts, Plan, PlanChoice } from './plan.js'
import type { Feed, FeedId, PriceView } from './prices.js'
import type { Refusal } from './refusal.js'
import type { CallStep, ExpectStep, HealthCheck } from './steps.js'
import type { RowChange, SlotWeights } from './weights.js'

/** What a strategy knows of its market at one block. Positions inside it change only through `reduce` and `snapshot`. */
export interface MarketState {
  readonly market: Market
}

/** The effect of one log. `undo` restores the state exactly; deltas are undone in reverse order. */
export interface Delta {
  readonly touched: readonly PositionId[]
  /** True when weights, slots, feeds or filters may have changed (index, threshold, eMode, pause, source …). */
  readonly parameters: boolean
  /** False when `parameters` left feeds and filters as they were (an index); absent: they may have changed as well. */
  readonly sources?: boolean
  undo(): void
}

/** Exact figures of one position, equal to the contract's to the wei. */
export interface Solvency {
  /** Wad; 2^256 − 1 without debt. */
  readonly healthFactor: bigint
  /** USD with 8 decimals, whatever the protocol's prices are counted in. */
  readonly collateralBase: bigint
  readonly debtBase: bigint
  readonly liquidatable: boolean
  /** The one figure that a contract without sums can be asked for, raw token units (Comet: the debt in base tokens). */
  readonly raw?: bigint
}

/** What the contract itself says of a position, for the audit: as much of it as it tells. */
export type ChainSolvency = Partial<Pick<Solvency, 'healthFactor' | 'collateralBase' | 'debtBase' | 'raw'>>

/**
 * How the audit asks the contract (Aave: `getUserAccountData`). Never used by the scan. `decode` throws `RangeError` when
 * the bytes are not such an answer.
 */
export interface SolvencyReading {
  request(market: Market, position: PositionId): CallRequest
  decode(data: Hex): ChainSolvency
}

/** The tokens, lenders and price of the market that other rooms ask a strategy for. */
export interface ReserveInfo {
  readonly token: Token
  readonly feed: FeedId
  /** Feed of what `feed` is counted in, where that is not the dollar (a Comet priced in ether): 8 decimals. Absent: dollars. */
  readonly unit?: FeedId
  readonly source: Address
  /** Flash loan of this market: lender and premium in basis points, or null when it is off. */
  readonly flash: { readonly lender: Address; readonly premiumBps: bigint; readonly available: bigint } | null
}

/** Called with what is done of what is expected: `blocks` that were searched for whom to read, then `requests` that read them. */
export type SnapshotProgress = (done: number, of: number, unit: 'blocks' | 'requests') => void

/** A lending or CDP market whose positions can be liquidated. Pure, except `verify`, `snapshot` and `genesis`. */
export interface LiquidationStrategy<S extends MarketState = MarketState> {
  readonly id: string
  /** `chain`: candidates are confirmed by one eth_call, never on the hot path. */
  readonly exactness: 'replica' | 'chain'
  /** Contracts the market file must name. */
  readonly contracts: readonly string[]

  /** Names of what the strategy cannot vouch for (unknown revision, changed code); any of them forces dry-run. */
  verify(reader: Reader, market: Market, block: BlockRef): Promise<readonly Refusal[]>
  /** Cold start at `block` without a full replay. */
  snapshot(reader: Reader, market: Market, block: BlockRef, progress: SnapshotProgress): Promise<S>
  /** An empty market at its deploy block, for a full replay from genesis. */
  genesis(reader: Reader, market: Market): Promise<S>
  /** The logs `reduce` wants; asked again after a delta with `parameters`. */
  filters(state: S): readonly LogFilter[]
  /** Applies one log. Logs it does not know leave the state as it is. */
  reduce(state: S, log: RawLog): Delta
  /** Checkpoint: JSON text that `load` restores exactly. */
  save(state: S): string
  /** The same text in parts of some milliseconds' work; absent: it is made in one go. The state must not move meanwhile. */
  saveParts?(state: S): Iterable<string>
  load(market: Market, text: string): S
  /**
   * True when events alone no longer tell everything and `refresh` is wanted (Aave: a first-time borrower's collateral, a
   * newly listed reserve, a replaced oracle). What is unknown is left out of `rows` until then.
   */
  stale?(state: S): boolean
  /**
   * True when logs of later blocks cannot be reduced rightly before `refresh` was called for the block whose last log was
   * reduced (new code behind the market, a new reserve).
   */
  mustRefresh?(state: S): boolean
  /**
   * Re-reads what is stale, off the hot path. `block` must be the block up to whose last log the state was reduced.
   * Changes the state like `reduce` does: the delta belongs to that block and is undone with it.
   */
  refresh?(reader: Reader, state: S, block: BlockRef): Promise<Delta>

  feeds(state: S): readonly Feed[]
  positions(state: S): Iterable<PositionId>
  rows(state: S, touched: Iterable<PositionId>): readonly RowChange[]
  weights(state: S, at: PriceView): SlotWeights
  solvency(state: S, position: PositionId, at: PriceView): Solvency
  reserves(state: S): readonly ReserveInfo[]
  /**
   * Every (collateral, debt) pair of the position: a plan, or why the protocol refuses it. `deadline` is the timestamp up
   * to which interest must be covered when a debt is repaid in full.
   */
  plans(state: S, position: PositionId, at: PriceView, deadline: bigint): readonly PlanChoice[]
  /** The calls of a plan in order; `executor` where the protocol wants to be told who receives. */
  encode(plan: Plan, amounts: Amounts, executor: Address): readonly CallStep[]
  /**
   * Where liquidating opens an auction: what would be opened now, or why the protocol refuses. Pure. `keeper`: to whom the
   * protocol shall pay what it pays for it, where it pays anything. `at`: where what can be opened turns on the time.
   */
  opening?(state: S, position: PositionId, keeper?: Address, at?: PriceView): Opening | Refusal
  /** Backstop mode: how the protocol takes a position over where nobody is paid for it; absent where that earns or is not. */
  readonly takeover?: Takeover<S>
  /** What the protocol has written off and not covered yet, by token; absent where it keeps no such account. Pure. */
  deficits?(state: S): readonly Deficit[]
  /** The executor's early exit when somebody else was faster; null where no reading of the protocol says so. */
  check(market: Market, position: PositionId): HealthCheck | null
  /**
   * A read, far cheaper than `check`, that no longer answers as expected when somebody has liquidated the position of `plan`:
   * with it an attempt among several gives up early. Null or absent: none. Pure.
   */
  standing?(state: S, plan: Plan): ExpectStep | null
  /** The event by which anybody's liquidation of a position is recognised, decoded; null for other logs. */
  liquidation(market: Market, log: RawLog): LiquidationEvent | null

  /** Absent where the contract offers no such reading: such a market is not audited. */
  readonly reading?: SolvencyReading
  /**
   * Reads `positions` anew at `block`, which is the block of `state`, and replaces what the state held of them, after
   * the audit found a difference. Absent: the market is snapshotted again instead.
   */
  resync?(reader: Reader, state: S, positions: readonly PositionId[], block: BlockRef): Promise<Delta>
}

/**
 * A liquidation that pays nothing by itself and opens an auction instead. `raise` and `debt` in raw units of the token that
 * the auction is paid in, rounded down.
 */
export interface Opening {
  readonly market: string
  readonly position: PositionId
  readonly opens: { readonly venue: string; readonly house: Address }
  readonly call: CallRequest
  readonly sell: { readonly token: Token; readonly amount: bigint }
  readonly raise: { readonly token: Token; readonly amount: bigint }
  /** What the protocol books as debt of its own and may later auction. */
  readonly debt: bigint
  /** What the protocol pays `keeper` for opening it, inside its own books, rounded down. Absent: nothing. */
  readonly incentive?: { readonly token: Token; readonly amount: bigint }
  /**
   * Who may rescue the position within the call, which then answers zero where the auction's id is expected: what he does is told
   * by simulation alone. Absent: nobody.
   */
  readonly saviour?: Address
}

/** A call that anybody may make, that moves nothing of the caller's and ends positions at the protocol's expense. Pure. */
export interface Takeover<S extends MarketState = MarketState> {
  /** The debt that it would end, USD with 8 decimals, or why the protocol refuses; null for what is no debtor (a store front). */
  of(state: S, position: PositionId, at: PriceView): bigint | Refusal | null
  /** All of `positions` in one call, which fails where one of them is refused. `by`: whom the protocol credits. */
  call(market: Market, positions: readonly PositionId[], by: Address): CallRequest
  /** The token that is owed. */
  debt(state: S): Token
}

/** Debt without collateral that a protocol keeps on its books, raw units of `token`. */
export interface Deficit {
  readonly token: Token
  readonly amount: bigint
}

export interface LiquidationEvent {
  readonly market: string
  readonly position: PositionId
  readonly collateral: Address
  readonly debt: Address
  readonly repaid: bigint
  readonly seized: bigint
  readonly liquidator: Address
  readonly transactionHash: Hex
  /** A purchase from an auction of a position that was liquidated before: then its price says how far others go. Absent: none. */
  readonly sale?: true
}
