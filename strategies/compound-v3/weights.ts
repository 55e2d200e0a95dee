import type { PriceView } from '../../src/domain/prices.js'
import type { Slot, SlotWeights } from '../../src/domain/weights.js'
import { BASE_INDEX_SCALE, FACTOR_SCALE, accrue } from './interest.js'
import { DEBT_SLOT, STORE_SLOT, assetSlot } from './rows.js'
import type { CometState } from './state.js'

/** Outward bias of a weight: 512 units of the last place, see the proof at `weightsOf`. */
const BIAS = 2 ** -44
/** Collaterals of an account at most (CometWithExtendedAssetList). */
const MOST_ASSETS = 24

/**
 * One weight per slot, in units of price (8 decimals) per token, and the tolerance under which every liquidatable account's
 * sum lies.
 *
 * Proof. Let d be the principal owed, I the borrow index as a fraction, P and U price and scale of the base; b, p, u, c
 * balance, price, scale and liquidate factor of a collateral. The contract decides by
 *   L = Σ ⌊⌊b·p/u⌋·c⌋ − ⌊⌊d·I⌋·P/U⌋ < 0.
 * 1. Two floors per collateral, c ≤ 1: ⌊⌊x⌋·c⌋ > (x − 1)·c − 1 ≥ x·c − 2.
 * 2. Both floors of the debt lower it: ⌊⌊d·I⌋·P/U⌋ ≤ d·I·P/U.
 * 3. So L < 0 implies Σ b·p·c/u − d·I·P/U < 2n for n collaterals, and the scan's amounts (b − 1, d + 1) only lower the sum.
 * With n ≤ 24 every liquidatable account lies below 48, in the base's own price units whatever its decimals.
 * 4. Floating point: an amount takes 3 roundings, a weight at most 8, their product 1, the sum at most n: fewer than 64 of a
 *    relative 2^-53 each; the bias of 512·2^-53 shrinks collateral and grows debt by more.
 *
 * The other side, for `certain`, with b + 1 and d − 1 and the bias turned round: L ≤ Σ b·p·c/u − (⌊d·I⌋·P/U − 1), and
 * ⌊d·I⌋ > d·I − 1 ≥ (d − 1)·I since I ≥ 1. So a sum below −1 implies L < 0; two are asked. Where a price is zero the contract
 * reverts: the weight is not a number, and nothing that holds it is certain.
 *
 * A store front's row is a unit of a slot that is always −1: it is named at every scan, and decided exactly (its price and
 * the reserves of the whole market are in no row). It is never certain.
 */
export function weightsOf(state: CometState, at: PriceView): SlotWeights {
  const { config, assets } = state
  const length = assetSlot(assets.length)
  const slots: Slot[] = []
  const f64 = new Float64Array(length)
  const inward = new Float64Array(length)
  const factors = { outward: new Float64Array(length), certain: new Float64Array(length) }
  const put = (slot: number, description: Slot, outward: number, certain: number): void => {
    const price = description.feed === null ? 0n : at.price(description.feed).value
    slots[slot] = description
    factors.outward[slot] = outward
    factors.certain[slot] = certain
    f64[slot] = Number(price) * outward
    inward[slot] = price > 0n ? Number(price) * certain : NaN
  }
  const { borrowIndex } = accrue(state.totals, config, at.timestamp)
  const owed = Number(borrowIndex) / Number(BASE_INDEX_SCALE)
  const debt: Slot = { kind: 'debt', feed: config.base.address, unit: config.baseScale }
  put(DEBT_SLOT, debt, -owed * (1 + BIAS), -owed * (1 - BIAS))
  put(STORE_SLOT, { kind: 'debt', feed: null, unit: 1n }, NaN, NaN)
  f64[STORE_SLOT] = -1
  for (const { index, token, scale, liquidateFactor } of assets) {
    const share = Number(liquidateFactor) / Number(FACTOR_SCALE)
    const slot: Slot = { kind: 'collateral', feed: token.address, unit: scale }
    put(assetSlot(index), slot, share * (1 - BIAS), share * (1 + BIAS))
  }
  const certain = { f64: inward, tolerance: 2 }
  return { slots, f64, tolerance: 2 * MOST_ASSETS, block: at.block, timestamp: at.timestamp, certain, factors }
}
