import type { BenchMarket } from './market.js'
import { type Population, scaledAt } from './population.js'

/** The plain-JS reference: rows one after the other (compressed sparse rows), one signed dot product each. */
export interface CsrRows {
  readonly starts: Uint32Array
  readonly slots: Uint8Array
  readonly amounts: Float64Array
}

/** Amounts are rounded outward as the scanner's are: one unit less for collateral, one more for debt. */
export function csrRows(market: BenchMarket, people: Population): CsrRows {
  const amounts = new Float64Array(people.slots.length)
  const units = Float64Array.from(market.slots, ({ reserve }) => Number(market.units[reserve]))
  const away = market.slots.map(({ debt }) => (debt ? 1n : -1n))
  people.slots.forEach((slot, entry) => {
    amounts[entry] = Number(scaledAt(people, entry) + (away[slot] ?? 0n)) / (units[slot] ?? 1)
  })
  return { starts: people.starts, slots: people.slots, amounts }
}

/** Writes the numbers of all rows with Σ amount · weight < `tolerance` to `found`, ascending, and returns how many. */
export function csrBelow(rows: CsrRows, weights: Float64Array, tolerance: number, found: Uint32Array): number {
  const { starts, slots, amounts } = rows
  const last = starts.length - 1
  let count = 0
  for (let row = 0, at = 0; row < last; row++) {
    const end = starts[row + 1] as number
    let sum = 0
    for (; at < end; at++) sum += (amounts[at] as number) * (weights[slots[at] as number] as number)
    if (!(sum >= tolerance)) found[count++] = row
  }
  return count
}
