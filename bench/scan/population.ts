import { type BenchMarket, E_MODES, RESERVES, debtSlot, eModeSlot } from './market.js'
import type { Mix } from './options.js'
import { Random, cumulative, zipf } from './random.js'

/**
 * All positions as columns: position i has the entries [starts[i], starts[i+1]). The scaled balance of an entry is
 * high · 2^64 + low. Every position has debt.
 */
export interface Population {
  readonly size: number
  readonly starts: Uint32Array
  readonly slots: Uint8Array
  readonly low: BigUint64Array
  readonly high: BigUint64Array
}

/** The scaled balance of an entry. */
export const scaledAt = (people: Population, entry: number): bigint =>
  ((people.high[entry] ?? 0n) << 64n) | (people.low[entry] ?? 0n)

export const MOST_ENTRIES = 7

/** How many collaterals (1–4) and debts (1–3), as cumulative weights. */
const COUNTS: Readonly<Record<Mix, { readonly collaterals: Float64Array; readonly debts: Float64Array }>> = {
  uniform: { collaterals: cumulative([1, 1, 1, 1]), debts: cumulative([1, 1, 1]) },
  skew: { collaterals: cumulative([55, 25, 12, 8]), debts: cumulative([75, 19, 6]) },
}
const COLLATERAL_RANKS = zipf(RESERVES, 1)
const DEBT_RANKS = zipf(RESERVES, 1.2)
const MEMBER_RANKS = zipf(5, 1)
const E_MODE_CHOICE = cumulative([4, 4, 1, 1])
const LOOPERS = 0.15
const NEAR_OR_BELOW_ONE = 0.0002

/** What is drawn for one position, reused for all of them. */
interface Draft {
  readonly slots: number[]
  readonly shares: number[]
}

/** The debt ranking swaps neighbours of the collateral ranking: the most borrowed is the second most deposited. */
const debtReserve = (rank: number): number => rank ^ 1

function drawReserves(random: Random, ranks: Float64Array, count: number, taken: number[]): void {
  while (taken.length < count) {
    const rank = random.pick(ranks)
    if (!taken.includes(rank)) taken.push(rank)
  }
}

function drawSlots(random: Random, mix: Mix, looper: boolean, draft: Draft): number {
  const counts = COUNTS[mix]
  const collaterals = 1 + random.pick(counts.collaterals)
  const debts = 1 + random.pick(counts.debts)
  const eMode = looper ? 1 + random.pick(E_MODE_CHOICE) : 0
  const members = E_MODES[eMode - 1] ?? []
  const reserves: number[] = looper ? [members[random.pick(MEMBER_RANKS)] ?? 0] : []
  drawReserves(random, COLLATERAL_RANKS, collaterals, reserves)
  draft.slots.length = 0
  for (const reserve of reserves) {
    const member = members.indexOf(reserve)
    draft.slots.push(member < 0 ? reserve : eModeSlot(eMode, member))
  }
  const borrowed: number[] = []
  drawReserves(random, DEBT_RANKS, debts, borrowed)
  for (const rank of borrowed) draft.slots.push(debtSlot(debtReserve(rank)))
  return collaterals
}

function drawHealthFactor(random: Random, looper: boolean): number {
  if (random.unit() < NEAR_OR_BELOW_ONE) return random.between(0.9, 1)
  return 1 + Math.exp(looper ? -3 + 0.6 * random.normal() : -0.4 + 1.1 * random.normal())
}

/** Shares of the entries from `from` to `to`, summing to one. */
function drawShares(random: Random, draft: Draft, from: number, to: number): void {
  let sum = 0
  for (let i = from; i < to; i++) sum += draft.shares[i] = 0.1 + random.unit()
  for (let i = from; i < to; i++) draft.shares[i] = (draft.shares[i] ?? 0) / sum
}

/** Per slot: USD of one unit of scaled balance, and the threshold as a fraction. */
interface SlotValue {
  readonly usd: Float64Array
  readonly threshold: Float64Array
}

function slotValues(market: BenchMarket): SlotValue {
  const usd = new Float64Array(market.slots.length)
  const threshold = new Float64Array(market.slots.length)
  market.slots.forEach(({ reserve, debt, threshold: bps }, slot) => {
    const index = (debt ? market.borrowIndex : market.liquidityIndex)[reserve] ?? 0n
    usd[slot] = ((Number(market.price[reserve]) / 1e8) * (Number(index) / 1e27)) / Number(market.units[reserve])
    threshold[slot] = Number(bps) / 1e4
  })
  return { usd, threshold }
}

const MASK_64 = 2n ** 64n - 1n

/** Fills the columns, entry by entry. */
export class PopulationWriter {
  private readonly starts: Uint32Array
  private readonly slots: Uint8Array
  private readonly low: BigUint64Array
  private readonly high: BigUint64Array
  private at = 0

  constructor(private readonly size: number) {
    this.starts = new Uint32Array(size + 1)
    this.slots = new Uint8Array(size * MOST_ENTRIES)
    this.low = new BigUint64Array(size * MOST_ENTRIES)
    this.high = new BigUint64Array(size * MOST_ENTRIES)
  }

  entry(slot: number, scaled: bigint): void {
    this.slots[this.at] = slot
    this.low[this.at] = scaled & MASK_64
    this.high[this.at++] = scaled >> 64n
  }

  /** The entries since the last call are those of `position`. */
  endPosition(position: number): void {
    this.starts[position + 1] = this.at
  }

  done(): Population {
    const { size, starts, at } = this
    const [slots, low, high] = [this.slots.slice(0, at), this.low.slice(0, at), this.high.slice(0, at)]
    return { size, starts, slots, low, high }
  }
}

/** A whole number as an integer; a double of more than 53 bits ends in zeros, so its last digits are drawn. */
const withDigits = (value: number, random: Random): bigint =>
  BigInt(value) ^ (value > 2 ** 53 ? BigInt(random.below(1024)) : 0n)

function drawPosition(random: Random, mix: Mix, values: SlotValue, draft: Draft, out: PopulationWriter): void {
  const looper = random.unit() < LOOPERS
  const collaterals = drawSlots(random, mix, looper, draft)
  const healthFactor = drawHealthFactor(random, looper)
  const usd = 5_000 * Math.exp(2.2 * random.normal())
  const { slots, shares } = draft
  drawShares(random, draft, 0, collaterals)
  drawShares(random, draft, collaterals, slots.length)
  let counted = 0
  for (let i = 0; i < collaterals; i++) counted += usd * (shares[i] ?? 0) * (values.threshold[slots[i] ?? 0] ?? 0)
  slots.forEach((slot, i) => {
    const worth = (i < collaterals ? usd : counted / healthFactor) * (shares[i] ?? 0)
    out.entry(slot, withDigits(Math.max(2, Math.floor(worth / (values.usd[slot] ?? 1))), random))
  })
}

/** `size` positions at the market's present prices. `progress` hears how many are done. */
export function makePopulation(
  market: BenchMarket,
  size: number,
  mix: Mix,
  seed: number,
  progress: (done: number) => void,
): Population {
  const random = new Random(seed)
  const values = slotValues(market)
  const draft: Draft = { slots: [], shares: [] }
  const out = new PopulationWriter(size)
  for (let i = 0; i < size; i++) {
    if (i % 8192 === 0) progress(i)
    drawPosition(random, mix, values, draft, out)
    out.endPosition(i)
  }
  return out.done()
}
