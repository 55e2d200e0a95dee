import { type ExactSlot, Sums, exactSlots } from './exact.js'
import type { BenchMarket } from './market.js'
import { type Population, scaledAt } from './population.js'

/** One balance: the slot and the exact scaled amount. */
export interface Entry {
  readonly slot: number
  readonly scaled: bigint
}

/** Below one plus this, the doubles of `belowOne` leave the decision to integers; their own error is below 1e-12. */
const DOUBTFUL = 1e-9

/**
 * The truth during a live stream: the generated positions plus all changes since, kept apart from the scanner, and exactly
 * who is below one. Two plain sums in doubles, with a slack a thousand times their error, sort out who is clearly above;
 * the rest is decided by integers.
 */
export class Ledger {
  private readonly changed = new Map<number, readonly Entry[]>()
  private readonly isChanged: Uint8Array
  private readonly amounts: Float64Array
  private readonly sums = new Sums()

  constructor(
    readonly market: BenchMarket,
    readonly people: Population,
  ) {
    this.isChanged = new Uint8Array(people.size)
    // two units less of what is owned and two more of what is owed cover the contract's rounding of a balance
    this.amounts = Float64Array.from(people.slots, (slot, entry) =>
      Number(scaledAt(people, entry) + (market.slots[slot]?.debt === true ? 2n : -2n)),
    )
  }

  entries(position: number): readonly Entry[] {
    const changed = this.changed.get(position)
    if (changed !== undefined) return changed
    const { starts, slots } = this.people
    const list: Entry[] = []
    for (let entry = starts[position] ?? 0; entry < (starts[position + 1] ?? 0); entry++)
      list.push({ slot: slots[entry] ?? 0, scaled: scaledAt(this.people, entry) })
    return list
  }

  set(position: number, entries: readonly Entry[]): void {
    this.changed.set(position, entries)
    this.isChanged[position] = 1
  }

  /** The exact rule for one position at the market's present figures. */
  isBelowOne(position: number, slots: readonly ExactSlot[]): boolean {
    this.sums.clear()
    for (const { slot, scaled } of this.entries(position)) {
      const spec = slots[slot]
      if (spec) this.sums.add(spec, scaled)
    }
    return this.sums.liquidatable
  }

  /** Every position below one at the market's present figures, in no particular order. */
  belowOne(): number[] {
    const slots = exactSlots(this.market)
    const income = new Float64Array(256)
    const owed = new Float64Array(256)
    slots.forEach(({ debt, index, price, unit, threshold }, slot) => {
      const perUnit = ((Number(index) / 1e27) * Number(price)) / Number(unit)
      if (debt) owed[slot] = perUnit * (1 + DOUBTFUL)
      else income[slot] = (perUnit * Number(threshold)) / 1e4
    })
    const found: number[] = []
    for (const position of this.doubtful(income, owed)) if (this.isBelowOne(position, slots)) found.push(position)
    for (const position of this.changed.keys()) if (this.isBelowOne(position, slots)) found.push(position)
    return found
  }

  private doubtful(income: Float64Array, owed: Float64Array): number[] {
    const { amounts, isChanged } = this
    const { starts, slots, size } = this.people
    const found: number[] = []
    for (let position = 0, entry = 0; position < size; position++) {
      const end = starts[position + 1] as number
      let [have, owe] = [0, 0]
      for (; entry < end; entry++) {
        const slot = slots[entry] as number
        have += (amounts[entry] as number) * (income[slot] as number)
        owe += (amounts[entry] as number) * (owed[slot] as number)
      }
      // 100 base units stand for the contract's roundings of values
      if (!(have > owe + 100) && isChanged[position] === 0) found.push(position)
    }
    return found
  }
}
