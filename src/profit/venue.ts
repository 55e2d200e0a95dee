import type { Address, Reader } from '../domain/chain.js'

/**
 * Where collateral can be sold. To add a venue (another AMM, an aggregator): write one file that implements
 * `LiquidityVenue`, whose pools quote themselves exactly, add its `kind` to the market file's `venues`, and construct it
 * in `venuesOf`. Its pools must answer the executor's `flashSwap` and `swap` steps as a Uniswap v3 pool does; a venue that
 * cannot needs a step kind of its own in `domain/steps.ts` and in the contract.
 */
export interface LiquidityVenue {
  /** Pools that exist for these pairs. What was found is remembered; the answer may name a pool more than once. */
  find(reader: Reader, pairs: readonly Pair[], block: number): Promise<readonly PoolRef[]>
  /** State of these pools at `block`. A pool that does not answer as a pool is left out. */
  load(reader: Reader, pools: readonly PoolRef[], block: number): Promise<readonly Pool[]>
}

export type Pair = readonly [Address, Address]

export interface PoolRef {
  readonly address: Address
  readonly token0: Address
  readonly token1: Address
}

/** A pool at one block, immutable: a quote returns the pool as the swap would leave it. */
export interface Pool extends PoolRef {
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
}

/** The other token of the pool. */
export const otherToken = (pool: PoolRef, token: Address): Address =>
  pool.token0 === token ? pool.token1 : pool.token0
