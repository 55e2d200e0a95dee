import type { PriceView } from '../../../src/domain/prices.js'
import { accrue } from '../../../strategies/compound-v3/interest.js'
import type { CometState } from '../../../strategies/compound-v3/state.js'
import { compoundV3 } from '../../../strategies/compound-v3/strategy.js'
import { readStream, stateAt } from './support/stream-file.js'
import { Random } from '../../profit/support/random.js'

const SEED = 20_261_128
const CASES = 6_000

const USER = `0x${'a1'.repeat(20)}` as const

/** An account whose collateral is worth about its debt: at the edge, where only roundings decide. */
function atTheEdge(random: Random, state: CometState): PriceView {
  const prices = new Map<string, bigint>()
  for (const { id } of compoundV3.feeds(state)) prices.set(id, random.amount(1, 1e13))
  const at: PriceView = {
    block: 1,
    timestamp: state.totals.accruedAt + BigInt(random.int(0, 100_000_000)),
    price: (feed) => ({ value: prices.get(feed) ?? 0n, source: 'round' }),
  }
  const held = state.assets.map(({ scale, token }) => {
    if (random.next() < 0.6) return 0n
    const worth = random.next() < 0.2 ? random.amount(1, 1e4) : random.amount(1e8, 1e16)
    return (worth * scale) / (prices.get(token.address) ?? 1n) + BigInt(random.int(0, 2))
  })
  const account = { principal: -1n, held }
  state.positions.set(USER, account)
  // the least debt that the collateral does not cover, a few units more or less, or far from it
  const edge = leastShort(state, at)
  const off = random.next() < 0.8 ? BigInt(random.int(-2, 1)) : edge / BigInt(random.int(2, 50))
  account.principal = -(edge + off > 0n ? edge + off : 1n)
  return at
}

const up = (a: bigint, b: bigint): bigint => (a + b - 1n) / b

/** The smallest principal for which ⌊⌊d·I⌋·P/U⌋ exceeds the weighted collateral. */
function leastShort(state: CometState, at: PriceView): bigint {
  const account = state.positions.get(USER)
  let weighted = 0n
  for (const { index, scale, token, liquidateFactor } of state.assets) {
    const value = ((account?.held[index] ?? 0n) * at.price(token.address).value) / scale
    weighted += (value * liquidateFactor) / 10n ** 18n
  }
  const { borrowIndex } = accrue(state.totals, state.config, at.timestamp)
  const tokens = up((weighted + 1n) * state.config.baseScale, at.price(state.config.base.address).value)
  return up(tokens * 10n ** 15n, borrowIndex)
}

/** The scan's sum in doubles, one unit outward or inward, as the scanner keeps rows. */
function sumOf(state: CometState, f64: Float64Array, outward: boolean): number {
  const { slots } = compoundV3.weights(state, {
    block: 0,
    timestamp: 0n,
    price: () => ({ value: 1n, source: 'round' }),
  })
  const [row] = compoundV3.rows(state, [USER])
  return (row?.entries ?? []).reduce((sum, { slot, amount }) => {
    const sign = (slots[slot]?.kind === 'collateral') === outward ? -1n : 1n
    return sum + (Number(amount + sign) / Number(slots[slot]?.unit ?? 1n)) * (f64[slot] ?? NaN)
  }, 0)
}

describe('the scan weights of a Comet', () => {
  test(`name every liquidatable account, and are certain only of liquidatable ones (seed ${String(SEED)})`, () => {
    const random = new Random(SEED)
    const state = stateAt(readStream(), 0)
    const met = { liquidatable: 0, healthy: 0, certain: 0, named: 0, narrow: 0 }
    for (let i = 0; i < CASES; i++) {
      const at = atTheEdge(random, state)
      const { liquidatable } = compoundV3.solvency(state, USER, at)
      const { f64, tolerance, certain } = compoundV3.weights(state, at)
      const sum = sumOf(state, f64, true)
      const named = sum < tolerance
      const sure = certain !== undefined && sumOf(state, certain.f64, false) < -certain.tolerance
      met[liquidatable ? 'liquidatable' : 'healthy']++
      if (named) met.named++
      if (sure) met.certain++
      if (liquidatable && sum > 0) met.narrow++
      if ((liquidatable && !named) || (sure && !liquidatable)) throw new Error(`seed ${String(SEED)} case ${String(i)}`)
    }
    process.stderr.write(`comet weights: ${JSON.stringify(met)}\n`)
    expect(met.liquidatable).toBeGreaterThan(1_000)
    expect(met.healthy).toBeGreaterThan(1_000)
    expect(met.certain).toBeGreaterThan(500)
    // the tolerance is needed: some lie above zero
    expect(met.narrow).toBeGreaterThan(10)
  })

  test('a price of zero is never certain, and a store front is always named', () => {
    const state = stateAt(readStream(), 0)
    const [asset] = state.assets
    if (asset === undefined) throw new Error('no asset')
    asset.reserves = 5n
    const none: PriceView = { block: 1, timestamp: 0n, price: () => ({ value: 0n, source: 'round' }) }
    const { f64, certain, slots, tolerance, factors } = compoundV3.weights(state, none)
    expect([...(certain?.f64 ?? [])].every(Number.isNaN)).toBe(true)
    const [row] = compoundV3.rows(state, [`store:${asset.token.address}`])
    const [entry] = row?.entries ?? []
    if (entry === undefined) throw new Error('a front with a stock has a row')
    expect(Number(entry.amount + 1n) * (f64[entry.slot] ?? NaN)).toBeLessThan(tolerance)
    expect(slots[entry.slot]?.feed).toBeNull()
    expect(factors?.outward.length).toBe(slots.length)
  })
})
