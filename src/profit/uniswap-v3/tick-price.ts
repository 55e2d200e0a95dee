/**
 * Ticks and prices of Uniswap v3. A price is `sqrtPriceX96` = sqrt(token1 / token0) · 2^96; tick t stands for 1.0001^t.
 * The contract (`TickMath`) fixes one integer per tick; these functions give exactly that integer.
 */
export const Q96 = 1n << 96n
export const MIN_TICK = -887_272
export const MAX_TICK = 887_272
/** `TickMath.MIN_SQRT_RATIO` and `MAX_SQRT_RATIO`: a swap ends one unit inside them. */
export const MIN_SQRT_RATIO = 4295128739n
export const MAX_SQRT_RATIO = 1461446703485210103287273052203988822378723970342n

const Q128 = 1n << 128n
const MAX_UINT256 = (1n << 256n) - 1n
const TICK_BITS = 20

/** 1.0001^(−2^i / 2) in Q128, rounded half up, for every bit i of a tick. */
const FACTORS: readonly bigint[] = inverseRoots()

/** The price of `tick`. Rounded as the contract rounds: up at the last step. Throws `RangeError` outside the tick range. */
export function sqrtPriceAtTick(tick: number): bigint {
  const magnitude = Math.abs(tick)
  if (!Number.isInteger(tick) || magnitude > MAX_TICK) throw new RangeError(`no such tick: ${tick}`)
  let ratio = Q128
  for (let bit = 0; bit < TICK_BITS; bit++) {
    if ((magnitude & (1 << bit)) !== 0) ratio = (ratio * (FACTORS[bit] ?? 0n)) >> 128n
  }
  if (tick > 0) ratio = MAX_UINT256 / ratio
  return (ratio + 0xffffffffn) >> 32n
}

/**
 * The greatest tick whose price is at or below `sqrtPriceX96`. A floating-point logarithm guesses, exact prices decide.
 * Throws `RangeError` outside [MIN_SQRT_RATIO, MAX_SQRT_RATIO).
 */
export function tickAtSqrtPrice(sqrtPriceX96: bigint): number {
  if (sqrtPriceX96 < MIN_SQRT_RATIO || sqrtPriceX96 >= MAX_SQRT_RATIO) {
    throw new RangeError(`no such price: ${sqrtPriceX96}`)
  }
  const guess = Math.floor((2 * Math.log(Number(sqrtPriceX96) / 2 ** 96)) / Math.log(1.0001))
  let tick = Math.min(MAX_TICK - 1, Math.max(MIN_TICK, guess))
  while (sqrtPriceAtTick(tick) > sqrtPriceX96) tick--
  while (sqrtPriceAtTick(tick + 1) <= sqrtPriceX96) tick++
  return tick
}

function inverseRoots(): bigint[] {
  const precision = 512n
  const roots: bigint[] = []
  let power = integerRoot(((1n << (2n * precision)) * 10_000n) / 10_001n)
  for (let bit = 0; bit < TICK_BITS; bit++) {
    const shift = precision - 128n
    roots.push((power + (1n << (shift - 1n))) >> shift)
    power = (power * power) >> precision
  }
  return roots
}

/** The integer square root, rounded down (Newton). */
function integerRoot(n: bigint): bigint {
  let x = 1n << BigInt(Math.ceil(n.toString(2).length / 2))
  for (;;) {
    const next = (x + n / x) >> 1n
    if (next >= x) return x
    x = next
  }
}
