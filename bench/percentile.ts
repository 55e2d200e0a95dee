/** The q-quantile (0 … 1) of `values` by nearest rank; NaN without values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? NaN
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** `value` with four significant digits: what a timing is worth. */
export const rounded = (value: number): number => Number(value.toPrecision(4))
