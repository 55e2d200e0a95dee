import type { SlotWeights } from '../../src/domain/strategy.js'
import { type BenchMarket, domainSlots, indexOf } from './market.js'
import { MOST_ENTRIES } from './population.js'

/** Outward bias: covers the n + 8 roundings of 2^-53 of a row with at most seven entries, see `strategies/aave-v3/weights.ts`. */
const BIAS = 2 ** -48

/** The weight of one slot at the market's present figures, in base currency per token; negative for debt. */
export function weightOf(market: BenchMarket, slot: number): number {
  const spec = market.slots[slot]
  if (spec === undefined) return 0
  const product = Number(
    (market.price[spec.reserve] ?? 0n) * indexOf(market, spec) * (spec.debt ? 10_000n : spec.threshold),
  )
  return spec.debt ? -(product / 1e31) * (1 + BIAS) : (product / 1e31) * (1 - BIAS)
}

/**
 * All weights as a strategy hands them to the scanner. The tolerance is that of `strategies/aave-v3/weights.ts`: one base
 * unit for the floor of every entry's value, and one more.
 */
export function slotWeights(market: BenchMarket, block: number): SlotWeights {
  const f64 = Float64Array.from(market.slots, (_, slot) => weightOf(market, slot))
  return { slots: domainSlots(market), f64, tolerance: MOST_ENTRIES + 1, block, timestamp: BigInt(block) * 12n }
}

/** The slots whose weight depends on the reserve's price. */
export const slotsOfReserve = (market: BenchMarket): number[][] => {
  const lists: number[][] = market.units.map(() => [])
  market.slots.forEach(({ reserve }, slot) => lists[reserve]?.push(slot))
  return lists
}
