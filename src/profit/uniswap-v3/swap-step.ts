import { mulDivCeil, mulDivFloor } from '../../domain/maths.js'
import { amount0Between, amount1Between, priceAfterInput, priceAfterOutput } from './price-moves.js'

/** Pool fees are in millionths. */
export const FEE_UNIT = 1_000_000n

/** Where a swap stands inside one stretch of constant liquidity. */
export interface StepResult {
  readonly price: bigint
  /** Without the fee. */
  readonly amountIn: bigint
  readonly amountOut: bigint
  readonly fee: bigint
}

/**
 * Exact input from `price` towards `target` with `remaining` (fee included) left to spend.
 * Contract: `SwapMath.computeSwapStep`. The fee is rounded up; where the input ends inside the stretch, all that is left
 * over is fee. With `spendsAll` it is Uniswap v4's step: what does not reach the target is spent in full.
 */
export function stepExactIn(
  price: bigint,
  target: bigint,
  liquidity: bigint,
  remaining: bigint,
  fee: bigint,
  spendsAll = false,
): StepResult {
  const zeroForOne = price >= target
  const spendable = mulDivFloor(remaining, FEE_UNIT - fee, FEE_UNIT)
  const toTarget = paid(price, target, liquidity, zeroForOne)
  const reached = spendable >= toTarget
  const next = reached ? target : priceAfterInput(price, liquidity, spendable, zeroForOne)
  const amountOut = received(price, next, liquidity, zeroForOne)
  if (spendsAll && !reached) return { price: next, amountIn: spendable, amountOut, fee: remaining - spendable }
  const amountIn = reached ? toTarget : paid(price, next, liquidity, zeroForOne)
  const taken = next === target ? mulDivCeil(amountIn, fee, FEE_UNIT - fee) : remaining - amountIn
  return { price: next, amountIn, amountOut, fee: taken }
}

/** The same as Uniswap v4 has it: what does not reach the target is spent in full. */
export const stepSpendingAll: typeof stepExactIn = (price, target, liquidity, remaining, fee) =>
  stepExactIn(price, target, liquidity, remaining, fee, true)

/** Exact output from `price` towards `target` with `remaining` still wanted. Contract: `SwapMath.computeSwapStep`. */
export function stepExactOut(
  price: bigint,
  target: bigint,
  liquidity: bigint,
  remaining: bigint,
  fee: bigint,
): StepResult {
  const zeroForOne = price >= target
  const toTarget = received(price, target, liquidity, zeroForOne)
  const next = remaining >= toTarget ? target : priceAfterOutput(price, liquidity, remaining, zeroForOne)
  const amountIn = paid(price, next, liquidity, zeroForOne)
  const got = next === target && remaining >= toTarget ? toTarget : received(price, next, liquidity, zeroForOne)
  return {
    price: next,
    amountIn,
    amountOut: got > remaining ? remaining : got,
    fee: mulDivCeil(amountIn, fee, FEE_UNIT - fee),
  }
}

const paid = (from: bigint, to: bigint, liquidity: bigint, zeroForOne: boolean): bigint =>
  zeroForOne ? amount0Between(to, from, liquidity, true) : amount1Between(from, to, liquidity, true)

const received = (from: bigint, to: bigint, liquidity: bigint, zeroForOne: boolean): bigint =>
  zeroForOne ? amount1Between(to, from, liquidity, false) : amount0Between(from, to, liquidity, false)
