import type { PoolState } from './pool-state.js'
import { SwapPath } from './swap-path.js'

export interface SwapResult {
  /** Fee included. */
  readonly amountIn: bigint
  readonly amountOut: bigint
  /** Initialised ticks crossed. */
  readonly ticksCrossed: number
  readonly sqrtPriceAfter: bigint
  readonly liquidityAfter: bigint
  readonly tickAfter: number
  /** True when the swap left the ticks that were read before it was filled: the amounts are then only a part. */
  readonly exhausted: boolean
}

/**
 * Sells exactly `amountIn` (fee included) to the pool. Exact to the wei against `UniswapV3Pool.swap`; pure.
 * `zeroForOne`: token0 goes in.
 */
export const swapExactIn = (pool: PoolState, zeroForOne: boolean, amountIn: bigint): SwapResult =>
  walk(pool, zeroForOne, amountIn, true)

/** Buys exactly `amountOut` from the pool; exact to the wei against `UniswapV3Pool.swap` with a negative amount. Pure. */
export const swapExactOut = (pool: PoolState, zeroForOne: boolean, amountOut: bigint): SwapResult =>
  walk(pool, zeroForOne, amountOut, false)

/** The pool as the swap leaves it. */
export const afterSwap = (pool: PoolState, swap: SwapResult): PoolState => ({
  ...pool,
  sqrtPriceX96: swap.sqrtPriceAfter,
  liquidity: swap.liquidityAfter,
  tick: swap.tickAfter,
})

/** What swaps of a state have in common is worked out once, for as long as somebody holds the state. */
const paths = new WeakMap<PoolState, { down?: SwapPath; up?: SwapPath }>()

function walk(pool: PoolState, zeroForOne: boolean, amount: bigint, exactIn: boolean): SwapResult {
  if (amount <= 0n) throw new RangeError(`swap amount must be positive: ${amount}`)
  let known = paths.get(pool)
  if (known === undefined) paths.set(pool, (known = {}))
  const path = zeroForOne ? (known.down ??= new SwapPath(pool, true)) : (known.up ??= new SwapPath(pool, false))
  return path.swap(amount, exactIn)
}
