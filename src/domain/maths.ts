/**
 * Exact integer maths of the lending protocols, every rounding direction in the name.
 * All values are non-negative `bigint`; a divisor of zero throws `RangeError` as bigint division does.
 */
export const WAD = 10n ** 18n
export const RAY = 10n ** 27n
export const HALF_RAY = RAY / 2n
export const PERCENTAGE_FACTOR = 10_000n
export const HALF_PERCENTAGE_FACTOR = 5_000n
export const MAX_UINT256 = 2n ** 256n - 1n

/** a·b/c, rounded down. */
export const mulDivFloor = (a: bigint, b: bigint, c: bigint): bigint => (a * b) / c
/** a·b/c, rounded up. */
export const mulDivCeil = (a: bigint, b: bigint, c: bigint): bigint => (a * b + c - 1n) / c
/** a/b, rounded up. */
export const divCeil = (a: bigint, b: bigint): bigint => (a + b - 1n) / b

/** a·b in ray, half up (Aave `WadRayMath.rayMul`). */
export const rayMulHalfUp = (a: bigint, b: bigint): bigint => (a * b + HALF_RAY) / RAY
/** a·b in ray, rounded down (Aave ≥ 3.5 `rayMulFloor`, GEB `rmul`). */
export const rayMulFloor = (a: bigint, b: bigint): bigint => (a * b) / RAY
/** a·b in ray, rounded up (Aave ≥ 3.5 `rayMulCeil`). */
export const rayMulCeil = (a: bigint, b: bigint): bigint => (a * b + RAY - 1n) / RAY
/** a/b in ray, half up (Aave `WadRayMath.rayDiv`). */
export const rayDivHalfUp = (a: bigint, b: bigint): bigint => (a * RAY + b / 2n) / b
/** a/b in ray, rounded down. */
export const rayDivFloor = (a: bigint, b: bigint): bigint => (a * RAY) / b
/** a/b in ray, rounded up. */
export const rayDivCeil = (a: bigint, b: bigint): bigint => (a * RAY + b - 1n) / b
/** a/b in wad, half up (Aave `WadRayMath.wadDiv`). */
export const wadDivHalfUp = (a: bigint, b: bigint): bigint => (a * WAD + b / 2n) / b

/**
 * x^n in ray by squaring, each product half up (`rpow` of Maker's abaci and of GEB's `Math`). Throws `RangeError` where those
 * revert, for a power beyond 256 bits: the figures of a hostile answer would grow to a gigabit.
 */
export function rayPowHalfUp(x: bigint, n: bigint): bigint {
  if (x === 0n) return n === 0n ? RAY : 0n
  let result = n % 2n === 0n ? RAY : x
  let base = x
  for (let left = n / 2n; left > 0n; left /= 2n) {
    base = fitting(rayMulHalfUp(base, base))
    if (left % 2n === 1n) result = fitting(rayMulHalfUp(result, base))
  }
  return result
}

function fitting(power: bigint): bigint {
  if (power > MAX_UINT256) throw new RangeError('a rate to the power of its seconds does not fit 256 bits')
  return power
}

/** value · bps / 1e4, half up (Aave `PercentageMath.percentMul`). */
export const percentMulHalfUp = (value: bigint, bps: bigint): bigint =>
  (value * bps + HALF_PERCENTAGE_FACTOR) / PERCENTAGE_FACTOR
/** value · bps / 1e4, rounded down. */
export const percentMulFloor = (value: bigint, bps: bigint): bigint => (value * bps) / PERCENTAGE_FACTOR
/** value · bps / 1e4, rounded up. */
export const percentMulCeil = (value: bigint, bps: bigint): bigint =>
  (value * bps + PERCENTAGE_FACTOR - 1n) / PERCENTAGE_FACTOR
/** value · 1e4 / bps, half up (Aave `PercentageMath.percentDiv`). */
export const percentDivHalfUp = (value: bigint, bps: bigint): bigint => (value * PERCENTAGE_FACTOR + bps / 2n) / bps
/** value · 1e4 / bps, rounded down. */
export const percentDivFloor = (value: bigint, bps: bigint): bigint => (value * PERCENTAGE_FACTOR) / bps
/** value · 1e4 / bps, rounded up. */
export const percentDivCeil = (value: bigint, bps: bigint): bigint => (value * PERCENTAGE_FACTOR + bps - 1n) / bps

export const minOf = (a: bigint, b: bigint): bigint => (a < b ? a : b)
export const maxOf = (a: bigint, b: bigint): bigint => (a > b ? a : b)
