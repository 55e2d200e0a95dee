import type { SlotWeights } from '../domain/weights.js'
import { binOf } from './bins.js'
import type { DraftRow } from './draft-row.js'

/** Covers the roundings of ratios and of reference health factors, by far. */
const ROUNDING = 1 + 1e-9

/**
 * The weights of one epoch, and the bound that holds against them.
 *
 * Let C and D be a row's collateral and debt at these weights, T the slack. Its reference health factor is h = (C − T)/D.
 * At other weights let c be the least ratio new/reference over the collateral slots and d the greatest over the debt slots:
 * the sum is at least C·c − D·d. If it is below the tolerance, C·c − D·d < tolerance ≤ T·c, hence h < d/c = rho. So at
 * any weights only rows with h < rho can be found, whatever moved: prices, indexes or thresholds. This needs weights of
 * one sign per class and amounts that are not negative; where it does not hold rho is infinite.
 */
export class Reference {
  readonly slack: number
  private readonly f64: Float64Array
  /** 1 ÷ weight; 0 where the weight is zero, not a number where its sign or size is not what the bound needs. */
  private readonly inverse: Float64Array
  private readonly debt: Uint8Array

  constructor({ f64, slots, tolerance }: SlotWeights) {
    this.f64 = f64.slice()
    this.slack = 2 * Math.max(0, tolerance)
    this.debt = Uint8Array.from(slots, ({ kind }) => (kind === 'debt' ? 1 : 0))
    this.inverse = Float64Array.from(f64, (weight, slot) => inverseOf(this.debt[slot] === 1 ? -weight : weight, weight))
  }

  /**
   * rho of `f64` against the reference; infinite where the bound does not hold. Slots that came later are left out: rows
   * that have one are always looked at.
   */
  rho(f64: Float64Array, tolerance: number): number {
    const { inverse, debt } = this
    let least = Infinity
    let most = 0
    for (let slot = 0; slot < inverse.length; slot++) {
      const now = f64[slot] ?? NaN
      // of one sign with the reference, or the ratio is negative
      const ratio = now * (inverse[slot] ?? NaN)
      if (!(ratio >= 0)) return Infinity
      if (inverse[slot] === 0) {
        if (debt[slot] === 1 ? now !== 0 : now < 0) return Infinity
        continue // a collateral that counted for nothing can only help
      }
      if (debt[slot] === 1) most = most >= ratio ? most : ratio
      else least = least <= ratio ? least : ratio
    }
    // a tenth less than the slack: C − T is exact enough where it matters
    if (!(tolerance <= 0.9 * this.slack * Math.min(least, 1)) && tolerance > 0) return Infinity
    const rho = (most / least) * ROUNDING
    return Number.isFinite(rho) ? rho : Infinity
  }

  /** The bin of a row, as the epoch's kernel computes it up to rounding; 0 (always looked at) for a slot that came later. */
  bin(row: DraftRow): number {
    let collateral = 0
    let debt = 0
    for (let i = 0; i < row.length; i++) {
      const product = (row.amounts[i] ?? NaN) * (this.f64[row.slots[i] ?? 0] ?? NaN)
      collateral += Math.max(product, 0)
      debt -= Math.min(product, 0)
    }
    return binOf((collateral - this.slack) / debt)
  }
}

/** `size` is the weight's distance to the side its class is on. */
function inverseOf(size: number, weight: number): number {
  if (size === 0) return 0
  const inverse = 1 / weight
  return size > 0 && size < Infinity && Number.isFinite(inverse) ? inverse : NaN
}
