import type { Slot } from '../domain/weights.js'
import type { DraftRow } from './draft-row.js'

/** From one unit outward to one unit inward are two units; a tenth more covers the rounding of the sum. */
const TWO_UNITS = 2.1

/** Per slot, what must be added to an outward amount to make it an inward one. */
export const inwardSteps = (slots: readonly Slot[]): Float64Array =>
  Float64Array.from(slots, ({ kind, unit }) =>
    kind === 'collateral' ? TWO_UNITS / Number(unit) : kind === 'debt' ? -TWO_UNITS / Number(unit) : 0,
  )

/**
 * True when the row is liquidatable whatever the roundings were: Σ inward amount · inward weight < −`tolerance`. The
 * strategy proves weights and tolerance (`CertainWeights`). A sum that is not a number is not certain.
 */
export function isCertain(row: DraftRow, steps: Float64Array, weights: Float64Array, tolerance: number): boolean {
  let sum = 0
  for (let i = 0; i < row.length; i++) {
    const slot = row.slots[i] ?? 0
    sum += ((row.amounts[i] ?? NaN) + (steps[slot] ?? NaN)) * (weights[slot] ?? NaN)
  }
  return sum < -tolerance
}
