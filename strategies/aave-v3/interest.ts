import { RAY, rayMulHalfUp } from '../../src/domain/maths.js'
import type { RuleSet } from './rules.js'
import type { Reserve } from './state.js'

const SECONDS_PER_YEAR = 31_536_000n

/** MathUtils.calculateLinearInterest: growth over `seconds` at a yearly `rate`, both in ray. */
export const linearInterest = (rate: bigint, seconds: bigint): bigint => RAY + (rate * seconds) / SECONDS_PER_YEAR

/** MathUtils.calculateCompoundedInterest of revisions ≤ 7: three terms of the binomial, each with its own rounding. */
export function compoundedBinomial(rate: bigint, seconds: bigint): bigint {
  if (seconds === 0n) return RAY
  const minusTwo = seconds > 2n ? seconds - 2n : 0n
  const powerTwo = rayMulHalfUp(rate, rate) / (SECONDS_PER_YEAR * SECONDS_PER_YEAR)
  const powerThree = rayMulHalfUp(powerTwo, rate) / SECONDS_PER_YEAR
  const second = (seconds * (seconds - 1n) * powerTwo) / 2n
  const third = (seconds * (seconds - 1n) * minusTwo * powerThree) / 6n
  return RAY + (rate * seconds) / SECONDS_PER_YEAR + second + third
}

/** MathUtils.calculateCompoundedInterest of revisions ≥ 8: 1 + x + x·(x/2 + x·(x/6)). */
export function compoundedTaylor(rate: bigint, seconds: bigint): bigint {
  if (seconds === 0n) return RAY
  const x = (rate * seconds) / SECONDS_PER_YEAR
  return RAY + x + rayMulHalfUp(x, x / 2n + rayMulHalfUp(x, x / 6n))
}

/** ReserveLogic.getNormalizedIncome at `timestamp` (ray); a timestamp before the last update is taken as the update's. */
export function liquidityIndexAt(reserve: Reserve, timestamp: bigint): bigint {
  if (timestamp <= reserve.updatedAt) return reserve.liquidityIndex
  return rayMulHalfUp(linearInterest(reserve.liquidityRate, timestamp - reserve.updatedAt), reserve.liquidityIndex)
}

/** ReserveLogic.getNormalizedDebt at `timestamp` (ray); a timestamp before the last update is taken as the update's. */
export function borrowIndexAt(reserve: Reserve, rules: RuleSet, timestamp: bigint): bigint {
  if (timestamp <= reserve.updatedAt) return reserve.borrowIndex
  const compounded = rules.interest === 'binomial' ? compoundedBinomial : compoundedTaylor
  return rayMulHalfUp(compounded(reserve.borrowRate, timestamp - reserve.updatedAt), reserve.borrowIndex)
}
