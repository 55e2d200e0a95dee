import type { Slot, SlotWeights } from '../../src/domain/weights.js'
import { type BenchMarket, domainSlots, indexOf } from './market.js'
import { MOST_ENTRIES } from './population.js'

/** Bias of a weight: covers the n + 10 roundings of 2^-53 in a row of at most seven entries, as `strategies/aave-v3/weights.ts` has it. */
const BIAS = 2 ** -48

/**
 * The weights of the market as a strategy hands them to the scanner, kept up to date figure by figure. Both sides of the
 * test: outward (collateral down, debt up) nobody is missed, inward nobody is wrongly certain. The tolerance is one base
 * unit for the rounding of every entry's value, and one more.
 */
export class BenchWeights {
  private readonly slots: readonly Slot[]
  private readonly ofReserve: readonly (readonly number[])[]
  private readonly outward: Float64Array
  private readonly inward: Float64Array
  private readonly outwardFactors: Float64Array
  private readonly inwardFactors: Float64Array

  constructor(private readonly market: BenchMarket) {
    const { length } = market.slots
    this.slots = domainSlots(market)
    this.ofReserve = market.units.map((_, reserve) =>
      market.slots.flatMap((slot, i) => (slot.reserve === reserve ? [i] : [])),
    )
    this.outward = new Float64Array(length)
    this.inward = new Float64Array(length)
    this.outwardFactors = new Float64Array(length)
    this.inwardFactors = new Float64Array(length)
    for (const reserve of this.ofReserve.keys()) this.reindex(reserve)
  }

  /** Takes over a reserve's price. */
  reprice(reserve: number): void {
    const price = Number(this.market.price[reserve])
    for (const slot of this.ofReserve[reserve] ?? []) {
      this.outward[slot] = price * (this.outwardFactors[slot] ?? NaN)
      this.inward[slot] = price * (this.inwardFactors[slot] ?? NaN)
    }
  }

  /** Takes over a reserve's indexes and price. */
  reindex(reserve: number): void {
    for (const slot of this.ofReserve[reserve] ?? []) {
      const spec = this.market.slots[slot]
      if (spec === undefined) continue
      const factor = Number(indexOf(this.market, spec) * (spec.debt ? 10_000n : spec.threshold)) / 1e31
      this.outwardFactors[slot] = spec.debt ? -factor * (1 + BIAS) : factor * (1 - BIAS)
      this.inwardFactors[slot] = spec.debt ? -factor * (1 - BIAS) : factor * (1 + BIAS)
    }
    this.reprice(reserve)
  }

  /** A block's weights; they do not change any more. */
  at(block: number): SlotWeights {
    const tolerance = MOST_ENTRIES + 1
    return {
      slots: this.slots,
      f64: this.outward.slice(),
      tolerance,
      block,
      timestamp: BigInt(block) * 12n,
      certain: { f64: this.inward.slice(), tolerance },
      factors: { outward: this.outwardFactors.slice(), certain: this.inwardFactors.slice() },
    }
  }
}

export const slotWeights = (market: BenchMarket, block: number): SlotWeights => new BenchWeights(market).at(block)
