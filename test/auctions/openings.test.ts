import { openingWorth } from '../../src/auctions/openings.js'
import type { AuctionVenue } from '../../src/auctions/venue.js'
import { WAD } from '../../src/domain/maths.js'
import { gebDebtAuctions } from '../../strategies/geb/debt-auctions.js'
import { COSTS, LIMITS, NOW, debtAuction, fairOf } from './support/lab.js'

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
