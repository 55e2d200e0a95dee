import {
  PERCENTAGE_FACTOR,
  RAY,
  WAD,
  mulDivCeil,
  mulDivFloor,
  rayMulCeil,
  rayMulFloor,
  wadDivHalfUp,
} from '../../src/domain/maths.js'
import { type BenchMarket, indexOf } from './market.js'
import { type Population, scaledAt } from './population.js'

/** One slot with the figures of this moment, as the contract would read them. */
export interface ExactSlot {
  readonly debt: boolean
  readonly index: bigint
  readonly price: bigint
  readonly unit: bigint
  readonly threshold: bigint
}

export const exactSlots = (market: BenchMarket): ExactSlot[] =>
  market.slots.map((slot) => ({
    debt: slot.debt,
    index: indexOf(market, slot),
    price: market.price[slot.reserve] ?? 0n,
    unit: market.units[slot.reserve] ?? RAY,
    threshold: slot.threshold,
  }))

/**
 * Σ value · threshold in basis points and Σ debt, in base currency: GenericLogic.calculateUserAccountData of Aave v3.6, with
 * aToken balances by rayMulFloor, debt balances by rayMulCeil and debt values by mulDivCeil.
 */
export class Sums {
  weighted = 0n
  debt = 0n

  clear(): void {
    this.weighted = 0n
    this.debt = 0n
  }

  add(slot: ExactSlot, scaled: bigint): void {
    if (slot.debt) this.debt += mulDivCeil(rayMulCeil(scaled, slot.index), slot.price, slot.unit)
    else this.weighted += mulDivFloor(rayMulFloor(scaled, slot.index), slot.price, slot.unit) * slot.threshold
  }

  /** healthFactor < 1e18, where healthFactor = weighted.wadDiv(debt) / 1e4. */
  get liquidatable(): boolean {
    return this.debt > 0n && wadDivHalfUp(this.weighted, this.debt) / PERCENTAGE_FACTOR < WAD
  }
}

/** Positions with a health factor below one, ascending, by integers alone. */
export function exactlyBelowOne(
  people: Population,
  slots: readonly ExactSlot[],
  progress: (done: number) => void,
): Uint32Array {
  const found: number[] = []
  const sums = new Sums()
  for (let i = 0; i < people.size; i++) {
    if (i % 8192 === 0) progress(i)
    sums.clear()
    const end = people.starts[i + 1] ?? 0
    for (let entry = people.starts[i] ?? 0; entry < end; entry++) {
      const slot = slots[people.slots[entry] ?? 0]
      if (slot) sums.add(slot, scaledAt(people, entry))
    }
    if (sums.liquidatable) found.push(i)
  }
  return Uint32Array.from(found)
}
