import type { RowChange, Slot } from '../domain/strategy.js'

/** Row changes as columns that can be handed to the worker without copying. Row i has `lengths[i]` entries. */
export interface RowBatch {
  readonly ids: Uint32Array<ArrayBuffer>
  readonly lengths: Uint16Array<ArrayBuffer>
  readonly slots: Uint16Array<ArrayBuffer>
  readonly amounts: Float64Array<ArrayBuffer>
}

/** More slots than this do not fit the u16 column. */
export const MAX_SLOTS = 65_535

/**
 * The outward-rounded f64 of a stored amount, in whole tokens: one stored unit less for collateral, one more for debt.
 * One unit covers every rounding rule of the balance (floor, ceil, half up), because an index is never below one ray; the
 * f64 roundings of the conversion and the division are covered by the weights' margin.
 */
export function screenAmount(amount: bigint, slot: Slot): number {
  if (slot.kind === 'constant') return Number(amount) / Number(slot.unit)
  return Number(slot.kind === 'collateral' ? amount - 1n : amount + 1n) / Number(slot.unit)
}

/** Columns of `changes`; `idOf` names a position by a small integer. Throws `RangeError` for a slot the table lacks. */
export function toBatch(
  changes: readonly RowChange[],
  slotTable: readonly Slot[],
  idOf: (p: string) => number,
): RowBatch {
  const total = changes.reduce((sum, change) => sum + change.entries.length, 0)
  const batch: RowBatch = {
    ids: new Uint32Array(changes.length),
    lengths: new Uint16Array(changes.length),
    slots: new Uint16Array(total),
    amounts: new Float64Array(total),
  }
  let at = 0
  changes.forEach(({ position, entries }, i) => {
    batch.ids[i] = idOf(position)
    batch.lengths[i] = entries.length
    for (const { slot, amount } of entries) {
      const spec = slotTable[slot]
      if (spec === undefined || slot > MAX_SLOTS)
        throw new RangeError(`position ${position} uses slot ${slot} of ${slotTable.length}`)
      batch.slots[at] = slot
      batch.amounts[at++] = screenAmount(amount, spec)
    }
  })
  return batch
}
