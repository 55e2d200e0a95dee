import { RAY } from '../../src/domain/maths.js'
import type { PriceView } from '../../src/domain/prices.js'
import type { Slot, SlotWeights } from '../../src/domain/strategy.js'
import { borrowIndexAt, liquidityIndexAt } from './interest.js'
import { valuationFeed, valuationPrice } from './prices.js'
import type { SlotKey } from './slots.js'
import { thresholdOf } from './solvency.js'
import type { AaveState } from './state.js'

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
 * 5. Floating point: an amount takes 2 roundings, a weight 5 (conversion, constant, division, bias, product), its product with
 *    the amount 1, the sum at most n − 1, in any order: fewer than n + 8 ≤ 264 roundings of a relative 2^-53 each. The bias of
 *    512·2^-53 shrinks collateral and grows debt by more, so the computed sum is ≤ M: no liquidatable position is missed.
 */
export function weightsOf(state: AaveState, at: PriceView): SlotWeights {
  const slots: Slot[] = []
  const f64 = new Float64Array(state.slots.keys.length)
  for (const [i, key] of state.slots.keys.entries()) {
    slots.push(describe(state, key))
    f64[i] = weightOf(state, key, at)
  }
  return { slots, f64, tolerance: MOST_ENTRIES + 1, block: at.block, timestamp: at.timestamp }
}

function describe(state: AaveState, key: SlotKey): Slot {
  const reserve = state.reserves[key.reserve]
  const kind = key.debt ? 'debt' : 'collateral'
  return reserve
    ? { kind, feed: valuationFeed(state, key.eMode, reserve), unit: reserve.unit }
    : { kind, feed: null, unit: 1n }
}

/** Every factor of a weight but its price, exact: price · factor / 1e31 is the weight before its bias. */
function weightOf(state: AaveState, key: SlotKey, at: PriceView): number {
  const reserve = state.reserves[key.reserve]
  if (!reserve) return 0
  const price = valuationPrice(state, key.eMode, reserve, at)
  if (key.debt) {
    const exact = Number(price * borrowIndexAt(reserve, state.rules, at.timestamp)) / Number(RAY)
    return -exact * (1 + BIAS)
  }
  const threshold = thresholdOf(state, key.eMode, reserve) ?? 0n
  const counted = state.rules.averagedThreshold && threshold > 0n ? threshold - 1n : threshold
  const exact = Number(price * liquidityIndexAt(reserve, at.timestamp) * counted) / 1e31
  return exact * (1 - BIAS)
}
