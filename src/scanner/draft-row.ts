import type { RowEntry, Slot } from '../domain/weights.js'
import { MOST_ENTRIES } from './widths.js'

/** Per slot, what turns a stored integer into the scan's f64. */
export interface SlotUnits {
  /** −1 for collateral, +1 for debt, 0 for a constant: one stored unit outward. */
  readonly outward: Float64Array
  readonly unit: Float64Array
}

/** True when rows mean the same and are written alike under both tables. */
export function sameSlots(a: readonly Slot[], b: readonly Slot[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i], b[i]]
    if (x !== y && (x?.kind !== y?.kind || x?.unit !== y?.unit || x?.feed !== y?.feed)) return false
  }
  return true
}

export const slotUnits = (slots: readonly Slot[]): SlotUnits => ({
  outward: Float64Array.from(slots, ({ kind }) => (kind === 'collateral' ? -1 : kind === 'debt' ? 1 : 0)),
  unit: Float64Array.from(slots, ({ unit }) => Number(unit)),
})

/**
 * One row between its exact form and the columns; made once and reused, so that writing a row allocates nothing.
 *
 * An amount is the stored integer in whole tokens, outward by one stored unit: one less for collateral, one more for debt.
 * One unit covers every rounding rule of the balance (floor, ceil, half up), because an index is never below one ray. The
 * three f64 roundings (conversion, unit, division) are relative and covered by the weights' margin.
 */
export class DraftRow {
  length = 0
  readonly slots = new Uint16Array(MOST_ENTRIES)
  readonly amounts = new Float64Array(MOST_ENTRIES)
  /** True when a collateral or debt amount was negative: the hot prefix does not hold for such a market. */
  signed = false

  push(slot: number, amount: number): void {
    this.slots[this.length] = slot
    this.amounts[this.length++] = amount
  }

  /** Throws `RangeError` for a slot outside the table and for more entries than the widest row has. */
  fill(entries: readonly RowEntry[], units: SlotUnits): void {
    this.length = 0
    for (const { slot, amount } of entries) this.add(slot, amount, units)
  }

  /** Appends an exact amount. */
  add(slot: number, amount: bigint, { outward, unit }: SlotUnits): void {
    const out = outward[slot]
    const one = unit[slot]
    if (out === undefined || one === undefined) throw new RangeError(`slot ${slot} of ${outward.length}`)
    if (this.length === MOST_ENTRIES) throw new RangeError(`a row of more than ${MOST_ENTRIES} entries`)
    const stored = Number(amount)
    if (stored < 0 && out !== 0) this.signed = true
    // a collateral of nothing is nothing, not less
    this.push(slot, (out < 0 && stored === 0 ? 0 : stored + out) / one)
  }
}
