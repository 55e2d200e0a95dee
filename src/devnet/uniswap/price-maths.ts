/** Square-root prices and ticks, for setting pools up; the keeper's own exact maths is elsewhere and tested against the pools. */

const Q192 = 2n ** 192n

/** Integer square root, rounded down. */
export function squareRoot(value: bigint): bigint {
  if (value < 2n) return value
  let guess = 1n << BigInt((value.toString(2).length + 1) >> 1)
  for (;;) {
    const next = (guess + value / guess) >> 1n
    if (next >= guess) return guess
    guess = next
  }
}

/** √(raw token1 per raw token0) as Q64.96, rounded down. */
export const sqrtPriceX96 = (token1Raw: bigint, token0Raw: bigint): bigint => squareRoot((token1Raw * Q192) / token0Raw)

/** The tick at or just beside a price; a unit more or less does not matter where a range begins. */
export function tickNear(sqrtX96: bigint): number {
  const sqrt = Number(sqrtX96) / 2 ** 96
  return Math.floor((2 * Math.log(sqrt)) / Math.log(1.0001))
}

export const MAX_TICK = 887_272

/** Ticks of the range ±`widthBps` around a tick, on the pool's spacing; the whole line when no width is given. */
export function rangeAround(tick: number, widthBps: number | null, spacing: number): readonly [number, number] {
  const whole = Math.floor(MAX_TICK / spacing) * spacing
  if (widthBps === null) return [-whole, whole]
  const half = Math.max(spacing, Math.round(Math.log(1 + widthBps / 10_000) / Math.log(1.0001)))
  return [Math.floor((tick - half) / spacing) * spacing, Math.ceil((tick + half) / spacing) * spacing]
}
