import { makeAdversary } from '../../bench/scan/adversary.js'
import { Baseline } from '../../bench/scan/baseline.js'
import { addressOf, positionOf } from '../../bench/scan/addresses.js'
import { exactSlots, exactlyBelowOne } from '../../bench/scan/exact.js'
import { Ledger } from '../../bench/scan/ledger.js'
import { type BenchMarket, E_MODES, makeMarket } from '../../bench/scan/market.js'
import { type Population, makePopulation, scaledAt } from '../../bench/scan/population.js'
import type { Market } from '../../src/domain/market.js'
import type { PriceView } from '../../src/domain/prices.js'
import { accountOf } from '../../strategies/aave-v3/solvency.js'
import { AaveState, type Position, ZERO_ADDRESS, collateralKey, debtKey } from '../../strategies/aave-v3/state.js'

const quiet = (): void => undefined
const AAVE_V36 = 10
const assetOf = (reserve: number): `0x${string}` => `0x${(reserve + 1).toString(16).padStart(40, '0')}`

/** The generated market as the strategy's own state. */
function stateOf(market: BenchMarket): AaveState {
  const state = new AaveState({ id: 'bench' } as Market, AAVE_V36, ZERO_ADDRESS, true)
  market.units.forEach((unit, id) => {
    state.list({
      ...{ id, asset: assetOf(id), symbol: `R${id}`, decimals: market.decimals[id] ?? 0, unit },
      ...{ aToken: assetOf(1_000 + id), debtToken: assetOf(2_000 + id), threshold: market.slots[id]?.threshold ?? 0n },
      ...{
        bonus: 10_500n,
        protocolFee: 0n,
        active: true,
        paused: false,
        flashLoans: true,
        category: 0,
        graceUntil: 0n,
      },
      ...{
        liquidityIndex: market.liquidityIndex[id] ?? 0n,
        liquidityRate: 0n,
        borrowIndex: market.borrowIndex[id] ?? 0n,
      },
      ...{ borrowRate: 0n, updatedAt: 0n, available: 0n, deficit: 0n, scaledDebt: 1n, source: ZERO_ADDRESS },
    })
  })
  E_MODES.forEach((members, i) => {
    const threshold = market.slots.find((slot) => slot.eMode === i + 1)?.threshold ?? 0n
    const collateral = members.reduce((bits, id) => bits | (1n << BigInt(id)), 0n)
    const category = { id: i + 1, threshold, bonus: 10_100n, collateral }
    state.eModes.set(i + 1, { ...category, priceAsset: ZERO_ADDRESS, priceSource: ZERO_ADDRESS })
  })
  return state
}

function positionFrom(market: BenchMarket, people: Population, number: number): Position {
  const position: Position = { eMode: 0, flags: 0n, keys: [], amounts: [] }
  for (let entry = people.starts[number] ?? 0; entry < (people.starts[number + 1] ?? 0); entry++) {
    const slot = market.slots[people.slots[entry] ?? 0]
    if (slot === undefined) throw new Error('an entry without a slot')
    position.keys.push(slot.debt ? debtKey(slot.reserve) : collateralKey(slot.reserve))
    position.amounts.push(scaledAt(people, entry))
    if (!slot.debt) position.flags |= 1n << BigInt(slot.reserve)
    if (slot.eMode > 0) position.eMode = slot.eMode
  }
  return position
}

test("the benchmark's exact rule is the strategy's, which is held to the contract", () => {
  const market = makeMarket()
  const people = makePopulation(market, 10_000, 'uniform', 7, quiet)
  const state = stateOf(market)
  // a fall of every third asset by 9 % puts some hundreds below one
  market.price.forEach((price, i) => (market.price[i] = i % 3 === 0 ? (price * 91n) / 100n : price))
  const at: PriceView = {
    block: 1,
    timestamp: 0n,
    price: (feed) => ({ value: market.price[Number(feed) - 1] ?? 0n, source: 'round' }),
  }
  const below = new Set(exactlyBelowOne(people, exactSlots(market), quiet))
  expect(below.size).toBeGreaterThan(100)
  for (let i = 0; i < people.size; i++) {
    const { liquidatable } = accountOf(state, positionFrom(market, people, i), at)
    if (liquidatable !== below.has(i)) throw new Error(`position ${i}: the strategy says ${liquidatable}`)
  }
})

test('the baseline finds the same positions and takes over changes', () => {
  const market = makeMarket()
  const people = makePopulation(market, 2_000, 'skew', 7, quiet)
  market.price.forEach((price, i) => (market.price[i] = i % 3 === 0 ? (price * 80n) / 100n : price))
  const baseline = new Baseline(market, people, addressOf)
  const below = [...exactlyBelowOne(people, exactSlots(market), quiet)]
  expect(below.length).toBeGreaterThan(20)
  expect(baseline.scan()).toEqual(below)
  const [first = 0] = below
  for (let entry = people.starts[first] ?? 0; entry < (people.starts[first + 1] ?? 0); entry++)
    if (market.slots[people.slots[entry] ?? 0]?.debt) baseline.set(addressOf(first), people.slots[entry] ?? 0, 1n)
  expect(baseline.scan()).toEqual(below.slice(1))
})

test("the live stream's truth equals integers alone, also where doubles cannot tell", () => {
  const { market, people } = makeAdversary(20_000, 3)
  const exact = [...exactlyBelowOne(people, exactSlots(market), quiet)]
  expect(exact.length).toBeGreaterThan(2_000)
  const ledger = new Ledger(market, people)
  expect(ledger.belowOne()).toEqual(exact)
  const [first = 0, second = 0] = exact
  ledger.set(first, ledger.entries(second))
  expect(ledger.belowOne().sort((a, b) => a - b)).toEqual(exact)
  ledger.set(second, [])
  expect(ledger.belowOne().sort((a, b) => a - b)).toEqual(exact.filter((id) => id !== second))
})

test('addresses lead back to their position', () => {
  const addresses = Array.from({ length: 3_000 }, (_, i) => addressOf(331 * i))
  expect(new Set(addresses).size).toBe(3_000)
  expect(addresses.map(positionOf)).toEqual(Array.from({ length: 3_000 }, (_, i) => 331 * i))
  expect(addresses.every((address) => /^0x[0-9a-f]{40}$/.test(address))).toBe(true)
})
