import type { PositionId } from './market.js'
import type { FeedId } from './prices.js'

/** `slot` multiplies `amount` in the scan's signed sum; `amount` is the exact stored integer (Aave: the scaled balance). */
export interface RowEntry {
  readonly slot: number
  readonly amount: bigint
}

/** A position's row after a change; no entries means that it left the index (no debt). */
export interface RowChange {
  readonly position: PositionId
  readonly entries: readonly RowEntry[]
}

/** `unit` is 10^decimals of the slot's token: the scan works with `amount / unit`. */
export interface Slot {
  readonly kind: 'collateral' | 'debt' | 'constant'
  readonly feed: FeedId | null
  readonly unit: bigint
}

/**
 * One multiplier per slot: positive for collateral (price · index · threshold), negative for debt (price · index).
 * `f64` is rounded outward (collateral down, debt up), so Σ (amount∓1)/unit · f64[slot] < `tolerance` holds for every
 * liquidatable position: the scan may name a healthy one, it never misses one. The strategy proves the tolerance.
 */
export interface SlotWeights {
  readonly slots: readonly Slot[]
  readonly f64: Float64Array
  readonly tolerance: number
  readonly block: number
  readonly timestamp: bigint
  /** The other side of the test, rounded inward. Absent: every candidate is decided by exact integers. */
  readonly certain?: CertainWeights
  /**
   * `f64[slot]` = Number(price of the slot's feed) · `factors[slot]`, the same for `certain`: what a price update costs no
   * bigint for. Absent: new prices need `weights`.
   */
  readonly factors?: { readonly outward: Float64Array; readonly certain: Float64Array }
}

/**
 * Weights rounded inward (collateral up, debt down): Σ (amount ± 1 unit inward) · f64[slot] < −`tolerance` holds only for
 * liquidatable positions. Not a number where the strategy will not say (no price: the protocol reverts).
 */
export interface CertainWeights {
  readonly f64: Float64Array
  readonly tolerance: number
}
