import { type ExactSlot, Sums, exactSlots } from './exact.js'
import type { BenchMarket } from './market.js'
import { type Population, scaledAt } from './population.js'

/** One balance: the slot and the exact scaled amount. */
export interface Entry {
  readonly slot: number
  readonly scaled: bigint
}

/** What doubles may be wrong by, relative to the debt, is below 1e-12; this far from one they do not decide. */
const DOUBTFUL = 1e-9
/** Base units for the contract's roundings of values. */
const VALUE_ROUNDINGS = 100

/** The entries in doubles, two units less of what is owned and two more of what is owed: the roundings of balances. */
interface FloatRow {
  readonly slots: Uint8Array
  readonly amounts: Float64Array
}

/** Per slot, base units of one stored unit: collateral times its threshold in `income`, debt in `owed`. */
interface FloatWeights {
  readonly income: Float64Array
  readonly owed: Float64Array
}

/**
 * The truth during a live stream: the generated positions plus all changes since, kept apart from the scanner, and exactly
 * who is below one. Two plain sums in doubles, with a slack a thousand times their error, sort out who is clearly above;
 * the rest is decided by integers.
 */
export class Ledger {
  private readonly changed = new Map<number, { readonly entries: readonly Entry[]; readonly row: FloatRow }>()
  private readonly isChanged: Uint8Array
  private readonly row: FloatRow
  private readonly sums = new Sums()

  constructor(
    readonly market: BenchMarket,
    readonly people: Population,
  ) {
    this.isChanged = new Uint8Array(people.size)
    const amounts = Float64Array.from(people.slots, (slot, entry) => this.floatOf(slot, scaledAt(people, entry)))
    this.row = { slots: people.slots, amounts }
  }

  entries(position: number): readonly Entry[] {
    const changed = this.changed.get(position)
    if (changed !== undefined) return changed.entries
    const { starts, slots } = this.people
    const list: Entry[] = []
    for (let entry = starts[position] ?? 0; entry < (starts[position + 1] ?? 0); entry++)
      list.push({ slot: slots[entry] ?? 0, scaled: scaledAt(this.people, entry) })
    return list
  }

  set(position: number, entries: readonly Entry[]): void {
    const slots = Uint8Array.from(entries, ({ slot }) => slot)
    const amounts = Float64Array.from(entries, ({ slot, scaled }) => this.floatOf(slot, scaled))
    this.changed.set(position, { entries, row: { slots, amounts } })
    this.isChanged[position] = 1
  }

  /** Every position below one at the market's present figures, in no particular order. */
  belowOne(): number[] {
    const slots = exactSlots(this.market)
    const weights = floatWeights(slots)
    const found: number[] = []
    for (const position of this.doubtful(weights)) if (this.isBelowOne(position, slots)) found.push(position)
    for (const [position, { row }] of this.changed)
      if (isDoubtful(row, 0, row.slots.length, weights) && this.isBelowOne(position, slots)) found.push(position)
    return found
  }

  private isBelowOne(position: number, slots: readonly ExactSlot[]): boolean {
    this.sums.clear()
    for (const { slot, scaled } of this.entries(position)) {
      const spec = slots[slot]
      if (spec) this.sums.add(spec, scaled)
    }
    return this.sums.liquidatable
  }

  private doubtful(weights: FloatWeights): number[] {
    const { row, isChanged } = this
    const { starts, size } = this.people
    const found: number[] = []
    for (let position = 0, from = 0; position < size; position++) {
      const to = starts[position + 1] as number
      if (isDoubtful(row, from, to, weights) && isChanged[position] === 0) found.push(position)
      from = to
    }
    return found
  }

  private floatOf(slot: number, scaled: bigint): number {
    return Number(scaled + (this.market.slots[slot]?.debt === true ? 2n : -2n))
  }
}

function floatWeights(slots: readonly ExactSlot[]): FloatWeights {
  const income = new Float64Array(256)
  const owed = new Float64Array(256)
  slots.forEach(({ debt, index, price, unit, threshold }, slot) => {
    const perUnit = ((Number(index) / 1e27) * Number(price)) / Number(unit)
    if (debt) owed[slot] = perUnit * (1 + DOUBTFUL)
    else income[slot] = (perUnit * Number(threshold)) / 1e4
  })
  return { income, owed }
}

/** False only where the entries `from` to `to` are clearly above one. */
function isDoubtful({ slots, amounts }: FloatRow, from: number, to: number, { income, owed }: FloatWeights): boolean {
  let [have, owe] = [0, 0]
  for (let entry = from; entry < to; entry++) {
    const slot = slots[entry] as number
    have += (amounts[entry] as number) * (income[slot] as number)
    owe += (amounts[entry] as number) * (owed[slot] as number)
  }
  return !(have > owe + VALUE_ROUNDINGS)
}
