import type { PoolState, Stop } from './pool-state.js'
import { stepExactIn, stepExactOut, stepSpendingAll, type StepResult } from './swap-step.js'
import { tickAtSqrtPrice } from './tick-price.js'

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

interface Progress {
  price: bigint
  liquidity: bigint
  amountIn: bigint
  amountOut: bigint
  crossed: number
  /** Set while the price stands exactly on a stop that the loop has passed. */
  tick: number | null
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

function walk(pool: PoolState, zeroForOne: boolean, amount: bigint, exactIn: boolean): SwapResult {
  if (amount <= 0n) throw new RangeError(`swap amount must be positive: ${amount}`)
  const stops = zeroForOne ? pool.stopsDown : pool.stopsUp
  const fee = zeroForOne ? pool.fee : (pool.feeUp ?? pool.fee)
  const advance = !exactIn ? stepExactOut : pool.spendsAll === true ? stepSpendingAll : stepExactIn
  let at = firstStop(stops, pool.tick, zeroForOne)
  let remaining = amount
  let exhausted = false
  const p: Progress = {
    price: pool.sqrtPriceX96,
    liquidity: pool.liquidity,
    amountIn: 0n,
    amountOut: 0n,
    crossed: 0,
    tick: pool.tick,
  }
  while (remaining > 0n) {
    const stop = stops[at]
    if (stop === undefined) {
      exhausted = true
      break
    }
    const step = advance(p.price, stop.sqrtPriceX96, p.liquidity, remaining, fee)
    take(p, step)
    remaining -= exactIn ? step.amountIn + step.fee : step.amountOut
    if (step.price !== stop.sqrtPriceX96) break
    pass(p, stop, zeroForOne)
    at += zeroForOne ? -1 : 1
    if (stop.last) {
      exhausted = remaining > 0n
      break
    }
  }
  return resultOf(p, exhausted)
}

function take(p: Progress, step: StepResult): void {
  if (step.price !== p.price) p.tick = null
  p.price = step.price
  p.amountIn += step.amountIn + step.fee
  p.amountOut += step.amountOut
}

function pass(p: Progress, stop: Stop, zeroForOne: boolean): void {
  if (stop.initialised) {
    p.liquidity += zeroForOne ? -stop.liquidityNet : stop.liquidityNet
    p.crossed++
  }
  p.tick = zeroForOne ? stop.tick - 1 : stop.tick
}

const resultOf = (p: Progress, exhausted: boolean): SwapResult => ({
  amountIn: p.amountIn,
  amountOut: p.amountOut,
  ticksCrossed: p.crossed,
  sqrtPriceAfter: p.price,
  liquidityAfter: p.liquidity,
  get tickAfter() {
    return p.tick ?? tickAtSqrtPrice(p.price)
  },
  exhausted,
})

/** Index of the greatest stop at or below `tick` (downwards) or of the smallest above it (upwards). */
function firstStop(stops: readonly Stop[], tick: number, down: boolean): number {
  let low = 0
  let high = stops.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((stops[middle]?.tick ?? 0) <= tick) low = middle + 1
    else high = middle
  }
  return down ? low - 1 : low
}
