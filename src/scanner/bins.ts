/** Bins of the reference health factor: 0 holds everything below 1.0005, the last everything from 1.2555 on. */
export const BINS = 512
const PER_ONE = 2_000
/** Rows of this bin are never copied. */
export const LAST_BIN = BINS - 1

/**
 * The bin of a reference health factor. Never falls where `healthFactor` grows: f64 subtraction and product by a positive
 * constant keep order. What is not a number is in bin 0, always looked at. The SIMD kernel computes the same.
 */
export function binOf(healthFactor: number): number {
  const scaled = (healthFactor - 1) * PER_ONE
  return scaled >= LAST_BIN ? LAST_BIN : scaled > 0 ? Math.trunc(scaled) : 0
}
