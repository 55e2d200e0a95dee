import { RAY } from '../../src/domain/maths.js'
import type { PriceView } from '../../src/domain/prices.js'
import type { Slot, SlotWeights } from '../../src/domain/weights.js'
import { borrowIndexAt, liquidityIndexAt } from './interest.js'
import { valuationFeed, valuationPrice } from './prices.js'
import type { SlotKey } from './slots.js'
import { thresholdOf } from './solvency.js'
import type { AaveState, Reserve } from './state.js'

/** Outward bias of a weight: 512 units of the last place, see the proof at `weightsOf`. */
const BIAS = 2 ** -44
/** Entries of one row at most: both sides of 128 reserves. */
const MOST_ENTRIES = 256

/**
 * One weight per slot, in base currency per token, and the tolerance under which every liquidatable position's sum lies.
 *
 * Proof. Let s be the scaled balance, I the index in ray, p the price, u the unit of an entry, LT its threshold as a
 * fraction. All revisions:
 * 1. I ≥ RAY, so one unit of scaled balance covers the rounding of the balance in either direction (floor, ceil, half-up):
 *    the collateral's balance is ≥ (s−1)·I/RAY and the debt's ≤ (s+1)·I/RAY. The scan's amounts are (s∓1)/u.
 * 2. The value in base currency is rounded by less than 1: a collateral is worth > (s−1)·I·p/(RAY·u) − 1, a debt
 *    < (s+1)·I·p/(RAY·u) + 1.
 * 3. Revisions ≥ 9: HF < 1e18 means ⌊(W·1e18 + ⌊D/2⌋)/D⌋ < 1e22 with W = Σ value·bps and D the debt, hence W/1e4 < D. So for
 *    the real number M = Σ (s−1)/u·(I·p·LT/RAY) − Σ (s+1)/u·(I·p/RAY): M < n, where n counts the entries.
 * 4. Revisions ≤ 8: the average threshold is floored to whole basis points, which costs less than 1 bp of each collateral, and
 *    percentMul rounds down by at most 1/2. With LT − 1 bp in M: HF < 1e18 implies M < n + 1/2.
 * So M < MOST_ENTRIES + 1 in both cases.
 * 5. Floating point: an amount takes 3 roundings (conversion, unit, division), a weight 8 (its factor's conversion,
 *    constant, division, bias and product; the price's conversion; their product), its product with the amount 1, the sum at
 *    most n − 1, in any order: fewer than n + 12 ≤ 268 roundings of a relative 2^-53 each. The bias of 512·2^-53 shrinks
 *    collateral and grows debt by more, so the computed sum is ≤ M: no liquidatable position is missed.
 *
 * The other side, for `certain`: with one unit inward (s±1), the undiminished threshold and the bias turned round, let M' be
 * the sum. A balance is at most (s+1)·I/RAY for collateral and at least (s−1)·I/RAY for debt, a collateral's value is rounded
 * down, a debt's by less than 1. So W/1e4 − D ≤ M' + n for the contract's W and D. Half-up rounding of percentMul adds at most
 * 1/2 to the weighted collateral, flooring the average threshold only lowers it, and the half-up division by the debt rounds
 * a ratio below one up to one only if it is within 1e-18 of it, which the bias (relative 5.7e-14 of the debt) exceeds. So
 * M' < −(MOST_ENTRIES + 2) implies HF < 1e18. Where a price is zero the pool reverts: the weight is not a number and
 * nothing that holds it is certain.
 */
export function weightsOf(state: AaveState, at: PriceView): SlotWeights {
  const { length } = state.slots.keys
  const slots: Slot[] = []
  const f64 = new Float64Array(length)
  const inward = new Float64Array(length)
  const factors = { outward: new Float64Array(length), certain: new Float64Array(length) }
  // where an eMode's price is missing the reserve's own one holds: then a feed alone does not say which slots it prices
  let byFeed = true
  for (const [i, key] of state.slots.keys.entries()) {
    const slot = describe(state, key)
    const reserve = state.reserves[key.reserve]
    const price = reserve ? valuationPrice(state, key.eMode, reserve, at) : 0n
    const factor = reserve ? factorOf(state, key, reserve, at.timestamp) : NO_FACTOR
    slots.push(slot)
    factors.outward[i] = factor.outward
    factors.certain[i] = factor.certain
    f64[i] = Number(price) * factor.outward
    inward[i] = price > 0n || !reserve ? Number(price) * factor.certain : NaN
    if (slot.feed !== null && slot.feed !== reserve?.asset) byFeed &&= at.price(slot.feed).value > 0n
  }
  const certain = { f64: inward, tolerance: MOST_ENTRIES + 2 }
  const weights = { slots, f64, tolerance: MOST_ENTRIES + 1, block: at.block, timestamp: at.timestamp, certain }
  return byFeed ? { ...weights, factors } : weights
}

function describe(state: AaveState, key: SlotKey): Slot {
  const reserve = state.reserves[key.reserve]
  const kind = key.debt ? 'debt' : 'collateral'
  return reserve
    ? { kind, feed: valuationFeed(state, key.eMode, reserve), unit: reserve.unit }
    : { kind, feed: null, unit: 1n }
}

/** Every factor of a weight but its price: index · threshold per unit of price, both sides with their bias. */
interface Factor {
  readonly outward: number
  readonly certain: number
}

const NO_FACTOR: Factor = { outward: 0, certain: 0 }

function factorOf(state: AaveState, key: SlotKey, reserve: Reserve, timestamp: bigint): Factor {
  if (key.debt) {
    const exact = Number(borrowIndexAt(reserve, state.rules, timestamp)) / Number(RAY)
    return { outward: -exact * (1 + BIAS), certain: -exact * (1 - BIAS) }
  }
  const threshold = thresholdOf(state, key.eMode, reserve) ?? 0n
  const index = liquidityIndexAt(reserve, timestamp)
  const counted = state.rules.averagedThreshold && threshold > 0n ? threshold - 1n : threshold
  return {
    outward: (Number(index * counted) / 1e31) * (1 - BIAS),
    certain: (Number(index * threshold) / 1e31) * (1 + BIAS),
  }
}
