import type { HeadChange } from '../chain/canon.js'
import type { Address, BlockRef, Head, LogFilter, RawLog, Reader } from '../domain/chain.js'
import type { FlashVia, FreeVia, SwapVia } from '../domain/steps.js'

/** Where collateral can be sold. The recipe for another venue is docs/venues.md. */
export interface LiquidityVenue {
  /** Pools that exist for these pairs. What was found is remembered; the answer may name a pool more than once. */
  find(reader: Reader, pairs: readonly Pair[], block: number): Promise<readonly PoolRef[]>
  /** State of these pools at `block`. A pool that does not answer as a pool is left out. */
  load(reader: Reader, pools: readonly PoolRef[], block: number): Promise<readonly Pool[]>
  /** What the venue lends of these tokens at `block`. Absent: nothing. */
  loans?(reader: Reader, tokens: readonly Address[], block: number): Promise<readonly FreeLoan[]>
  /** Follows the venue's pools by their events, from nothing. Absent: they are loaded at every block. */
  follower?(): VenueFollower
}

/** Pools of one venue from head to head. Whatever rejects ends it: another one begins from nothing. */
export interface VenueFollower {
  /** How many are followed. */
  readonly size: number
  /**
   * As `load`, at the head of `change`. At a new head `pools` are all that are followed from now on. A change whose beginning
   * is not known, or that jumped, is read in full.
   */
  follow(source: FollowSource, pools: readonly PoolRef[], change: FollowedChange): Promise<readonly Pool[]>
  /** Compares some of the pools, by turns, with the chain at `head`, where they must be at it. */
  check(reader: Reader, head: BlockRef): Promise<readonly PoolDifference[]>
}

/** What followers read by. */
export interface FollowSource {
  /** Its reads at the number of the head are of this very block. */
  readonly reader: Reader
  /** All logs of one block that the filter wants, by its hash. Rejects rather than leave one out. */
  logs(filter: LogFilter, block: Head): Promise<readonly RawLog[]>
}

/** A followed pool that is not what the chain says. */
export interface PoolDifference {
  readonly pool: Address
  readonly what: string
}

/** What lends a token for nothing within one transaction; `available` raw units at the block that was read. */
export interface FreeLoan {
  readonly lender: Address
  readonly via: FreeVia
  readonly token: Address
  readonly available: bigint
}

/** How the followed chain changed since the last call (`HeadChange`): what was removed lies above `ancestor`. */
export type FollowedChange = Pick<HeadChange, 'ancestor' | 'added' | 'jumped'>

export type Pair = readonly [Address, Address]

export interface PoolRef {
  readonly address: Address
  readonly token0: Address
  readonly token1: Address
}

/** A pool at one block, immutable: a quote returns the pool as the swap would leave it. */
export type Pool = FlashPool | SwapPool

/** Pays out first and is paid in a callback; a Uniswap v3 pool where `via` is absent. */
export interface FlashPool extends QuotedPool {
  readonly lends: true
  readonly via?: FlashVia
}

/** Is paid first. */
export interface SwapPool extends QuotedPool {
  readonly lends: false
  readonly via: SwapVia
}

interface QuotedPool extends PoolRef {
  /**
   * The contract that steps name. Several pools can stand in one; while one of them awaits its payment, all are locked.
   * `address` then is any name that no other pool has.
   */
  readonly contract: Address
  /** For people: `0.05 %`. */
  readonly label: string
  /** Sells exactly `amountIn` of `tokenIn`; null when the depth that was read does not fill it. */
  sell(tokenIn: Address, amountIn: bigint): Quote | null
  /** Buys exactly `amountOut` of `tokenOut`; null when the depth that was read does not fill it. */
  buy(tokenOut: Address, amountOut: bigint): Quote | null
}

export interface Quote {
  readonly amountIn: bigint
  readonly amountOut: bigint
  /** What the swap costs beyond a plain one, in units of the gas model (Uniswap v3: initialised ticks crossed). */
  readonly crossings: number
  readonly after: Pool
  /** Other pools that the swap changed because they share the tokens of this one. */
  readonly alsoAfter?: readonly Pool[]
}

/** The other token of the pool. */
export const otherToken = (pool: PoolRef, token: Address): Address =>
  pool.token0 === token ? pool.token1 : pool.token0
