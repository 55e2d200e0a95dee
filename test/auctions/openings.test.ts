import {
  MOST_OPENED,
  largestFirst,
  openingLegs,
  type OpeningTerms,
} from '../../src/cli/keeper/auctions/opening-legs.js'
import { pokedLegs } from '../../src/cli/keeper/auctions/poke-legs.js'
import { RunTrials } from '../../src/cli/keeper/auctions/run-trials.js'
import type { Poke } from '../../src/auctions/venue.js'
import type { Opening } from '../../src/domain/strategy.js'
import { openingWorth } from '../../src/auctions/openings.js'
import type { AuctionVenue } from '../../src/auctions/venue.js'
import { WAD } from '../../src/domain/maths.js'
import { gebDebtAuctions } from '../../strategies/geb/debt-auctions.js'
import { COIN, COSTS, HOUSE, LIMITS, NOW, US, debtAuction, fairOf } from './support/lab.js'
import { AUCTION_MARKET, MARKET, sceneWith } from './support/scene.js'

const GAS = 400_000n
const COSTS_TO_OPEN = { ...COSTS, openGas: GAS, winBps: 5_000n }
const GAS_COST = (GAS * COSTS.gasPrice + WAD - 1n) / WAD

describe('opening a liquidation that pays nothing by itself', () => {
  it('is worth no gas where nothing follows and nothing is paid for it', () => {
    expect(openingWorth([], COSTS_TO_OPEN, LIMITS, NOW)).toEqual({ expected: -GAS_COST, by: null })
  })

  it('is worth what the protocol pays for it, less the gas, whoever wins the auction later', () => {
    const paid = 3n * GAS_COST
    expect(openingWorth([], COSTS_TO_OPEN, LIMITS, NOW, paid)).toEqual({ expected: 2n * GAS_COST, by: 'incentive' })
    expect(openingWorth([], COSTS_TO_OPEN, LIMITS, NOW, GAS_COST).by).toBeNull()
  })

  it('adds what is paid to the prospect of what follows, and weighs only the latter with the chance to win', () => {
    const prospect = {
      venue: gebDebtAuctions as AuctionVenue,
      auction: debtAuction(1, 10_000n * WAD, 1_000n * WAD),
      fair: fairOf({ price: WAD / 5n, depth: 5_000_000n * WAD, sigmaDay: WAD / 10n }, 0n),
      count: 1n,
    }
    const without = openingWorth([prospect], COSTS_TO_OPEN, LIMITS, NOW)
    expect(without.by).toBe('geb-debt')
    const certain = openingWorth([prospect], { ...COSTS_TO_OPEN, winBps: 10_000n }, LIMITS, NOW)
    expect(certain.expected + GAS_COST).toBeGreaterThan(without.expected + GAS_COST)
    const paid = 7n * WAD
    expect(openingWorth([prospect], COSTS_TO_OPEN, LIMITS, NOW, paid).expected).toBe(without.expected + paid)
  })
})

const coin = { address: COIN, symbol: 'coin', decimals: 18 }
const opening = (n: number): Opening => ({
  ...{
    market: 'm',
    position: `0x${n}`,
    opens: { venue: 'geb-collateral', house: HOUSE },
    call: { to: HOUSE, data: '0x' },
  },
  ...{ sell: { token: coin, amount: WAD }, raise: { token: coin, amount: WAD }, debt: WAD },
})
const terms = (need: bigint): OpeningTerms => ({
  market: AUCTION_MARKET,
  ...{ costs: COSTS, limits: LIMITS, now: NOW, need, lent: false, trials: new RunTrials('m') },
})
describe('opening at a loss, in backstop mode', () => {
  const found = [1, 2, 3].map(opening)
  const opened = (need: bigint) => openingLegs(found, sceneWith(null), terms(need))

  it('goes exactly as far as the budget, and not at all outside that mode', () => {
    for (let k = 0; k <= found.length; k++) {
      const budget = BigInt(k) * GAS_COST
      expect([opened(-budget).calls.length, opened(-budget).expected]).toEqual([k, -budget])
      if (k > 0) expect(opened(1n - budget).calls).toHaveLength(k - 1)
    }
    expect(opened(0n).calls).toHaveLength(0)
  })

  it('counts the gas of the price that is told first', () => {
    const gas = 145_000n
    const upkeep = { kind: 'poke' as const, name: 'poke/7', calls: [{ to: US, data: '0x' as const }], gas, unlocks: 0n }
    const poke: Poke = {
      ...{ upkeep: { ...upkeep, notBefore: NOW }, overdue: true, template: debtAuction(0, 1n, 1n) },
      opened: () => found.slice(0, 1),
    }
    const cost = GAS_COST + (gas * COSTS.gasPrice + WAD - 1n) / WAD
    const poked = (need: bigint, t = NOW) => pokedLegs({ market: MARKET }, sceneWith(poke), t, terms(need), coin)
    expect(poked(-cost)?.legs.map(({ name }) => name)).toEqual(['poke/7', 'open/0x1'])
    expect([poked(-cost)?.expected, poked(-cost)?.calls.length]).toEqual([-cost, 2])
    expect([poked(1n - cost), poked(0n), poked(-cost, NOW - 1n)]).toEqual([null, null, null])
  })
})

describe('many that can be opened', () => {
  const many = Array.from({ length: 20 }, (_, i) => opening(i + 1))
  /** What the protocol pays for one of them makes it worth its gas. */
  const paid = { ...opening(99), incentive: { token: coin, amount: 3n * GAS_COST } }

  it('hide none that pays, wherever it stands: all are weighed and the best are taken', () => {
    const { legs } = openingLegs([...many, paid], sceneWith(null), terms(0n))
    expect(legs.map(({ name }) => name)).toEqual(['open/0x99'])
    const all = openingLegs([...many, paid], sceneWith(null), terms(-(10n ** 30n)))
    expect([all.legs.length, all.legs[0]?.name]).toEqual([MOST_OPENED, 'open/0x99'])
    const raise = (amount: bigint) => ({ ...opening(Number(amount)), raise: { token: coin, amount } })
    expect(largestFirst([raise(1n), raise(3n), raise(2n)]).map(({ position }) => position)).toEqual([
      '0x3',
      '0x2',
      '0x1',
    ])
  })

  it('go one by one behind a run that failed, and one that fails alone gives way to the next', () => {
    const trying = { ...terms(-(10n ** 30n)) }
    const names = (block: number): string[] =>
      openingLegs(
        many.slice(0, 3),
        { ...sceneWith(null), head: { ...sceneWith(null).head, number: block } },
        trying,
      ).legs.map(({ name }) => name)
    const failed = (block: number): void => {
      trying.trials.failed(
        names(block).map((position) => ({ position })),
        block,
        'the limit is hit',
      )
    }
    expect(names(1)).toHaveLength(3)
    failed(1)
    expect(names(2)).toEqual(['open/0x1'])
    failed(2)
    expect(names(3)).toEqual(['open/0x2'])
    // what was alone for some blocks goes together again; what failed alone stays apart
    expect(names(9)).toEqual(['open/0x2', 'open/0x3'])
  })
})
