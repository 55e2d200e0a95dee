import fc from 'fast-check'
import type { AuctionVenue } from '../../src/auctions/venue.js'
import { decide, type Decision, type Limits, type Policy } from '../../src/auctions/decide.js'
import { expectedProfit, type Costs } from '../../src/auctions/expected-profit.js'
import { WAD } from '../../src/domain/maths.js'
import { gebCollateralAuctions } from '../../strategies/geb/collateral-auctions.js'
import { gebDebtAuctions, type GebDebtAuction } from '../../strategies/geb/debt-auctions.js'
import {
  COSTS,
  LIMITS,
  NOW,
  POLICY,
  RIVAL,
  US,
  afterBid,
  collateralAuction,
  debtAuction,
  fairOf,
  type Market,
} from './support/lab.js'

const SEED = 77_113
const RUNS = Number(process.env['TEST_LONG'] ?? 0) === 1 ? 5_000 : 400

/** Counts its cases: a generator that only makes easy ones proves nothing. */
const check = (property: fc.IProperty<[Situation]>): void => void fc.assert(property, { seed: SEED, numRuns: RUNS })

interface Situation {
  readonly auction: GebDebtAuction
  readonly market: Market
  readonly costs: Costs
  readonly limits: Limits
  readonly policy: Policy
}

const situation: fc.Arbitrary<Situation> = fc
  .record({
    lot: fc.bigInt(1n, 50_000n),
    pay: fc.bigInt(1n, 20_000n),
    priceMilli: fc.bigInt(1n, 3_000n),
    depth: fc.bigInt(1_000n, 50_000_000n),
    sigmaBps: fc.bigInt(0n, 4_000n),
    z: fc.bigInt(0n, 40_000n),
    minProfit: fc.bigInt(-50n, 200n),
    minBps: fc.bigInt(0n, 1_000n),
    gas: fc.bigInt(1n, 50n),
    fail: fc.bigInt(0n, 3_000n),
    style: fc.constantFrom<Policy['style']>('step', 'preclude', 'snipe', 'expiry'),
    contested: fc.boolean(),
  })
  .map((it) => {
    const fresh = debtAuction(1, it.lot * WAD, it.pay * WAD)
    return {
      auction: it.contested ? afterBid(fresh, RIVAL, (it.lot * WAD * 9n) / 10n, NOW - 60n) : fresh,
      market: { price: (it.priceMilli * WAD) / 1_000n, depth: it.depth * WAD, sigmaDay: (it.sigmaBps * WAD) / 10_000n },
      costs: { ...COSTS, gasPrice: it.gas * 10n ** 12n * WAD, failBps: it.fail, revertGas: 60_000n },
      limits: { ...LIMITS, minProfit: it.minProfit * WAD, minProfitBps: it.minBps, riskZBps: it.z },
      policy: { ...POLICY, style: it.style },
    }
  })

const decided = ({ auction, market, costs, limits, policy }: Situation): Decision =>
  decide(gebDebtAuctions, auction, NOW, fairOf(market), costs, limits, policy)

const expectedAt = ({ auction, market, costs, limits }: Situation, get: bigint): bigint => {
  const step = gebDebtAuctions.nextStep(auction, NOW)
  const terms = { pay: step?.pay ?? 0n, get }
  const all = { ...costs, bidGas: gebDebtAuctions.gas.bid, settleGas: gebDebtAuctions.gas.settle }
  return expectedProfit(
    terms,
    fairOf(market),
    { ...all, bidGas: costs.bidGas, settleGas: costs.settleGas },
    limits.riskZBps,
    gebDebtAuctions.funding(auction, terms, NOW),
    NOW,
  )
}

describe('a decision', () => {
  it(`never bids at an expected loss, nor below its reservation, nor above the legal step (seed ${SEED})`, () => {
    let bids = 0
    check(
      fc.property(situation, (it) => {
        const decision = decided(it)
        if (decision.act !== 'bid') return
        bids++
        const step = gebDebtAuctions.nextStep(it.auction, NOW)
        expect(decision.expected).toBeGreaterThanOrEqual(0n)
        expect(decision.expected).toBe(expectedAt(it, decision.terms.get))
        expect(decision.terms.get).toBeGreaterThanOrEqual(decision.reservation)
        expect(decision.terms.get).toBeLessThanOrEqual(step?.get ?? 0n)
        // the reservation is the least lot that is worth it: one unit less is not
        if (decision.reservation > 1n) {
          const need = it.limits.minProfit > 0n ? it.limits.minProfit : 0n
          const asked = (decision.terms.pay * it.limits.minProfitBps + 9_999n) / 10_000n
          expect(expectedAt(it, decision.reservation - 1n)).toBeLessThan(need > asked ? need : asked)
        }
      }),
    )
    expect(bids).toBeGreaterThan(RUNS / 20)
  })

  it(`loses in backstop mode no more than it may (seed ${SEED})`, () => {
    let losses = 0
    check(
      fc.property(situation, (it) => {
        const limits = { ...it.limits, minProfit: -80n * WAD }
        const decision = decided({ ...it, limits, policy: { ...it.policy, mode: 'backstop' } })
        if (decision.act !== 'bid') return
        expect(decision.expected).toBeGreaterThanOrEqual(-80n * WAD)
        if (decision.expected < 0n) losses++
      }),
    )
    expect(losses).toBeGreaterThan(0)
  })

  it(`is monotone: a better price, less risk and cheaper gas never turn a bid into none (seed ${SEED})`, () => {
    let compared = 0
    check(
      fc.property(situation, (it) => {
        const now = decided(it)
        if (now.act !== 'bid') return
        compared++
        const better: Situation[] = [
          { ...it, market: { ...it.market, price: (it.market.price * 11n) / 10n } },
          { ...it, market: { ...it.market, sigmaDay: it.market.sigmaDay / 2n } },
          { ...it, limits: { ...it.limits, riskZBps: it.limits.riskZBps / 2n } },
          { ...it, market: { ...it.market, depth: it.market.depth * 2n } },
          { ...it, costs: { ...it.costs, gasPrice: it.costs.gasPrice / 2n } },
        ]
        for (const one of better) {
          const then = decided(one)
          expect(then.act).toBe('bid')
          if (then.act === 'bid') expect(then.reservation).toBeLessThanOrEqual(now.reservation)
        }
      }),
    )
    expect(compared).toBeGreaterThan(RUNS / 20)
  })

  it(`keeps to its capital and its limits (seed ${SEED})`, () => {
    check(
      fc.property(situation, (it) => {
        const pay = gebDebtAuctions.nextStep(it.auction, NOW)?.pay ?? 0n
        for (const limits of [{ available: pay - 1n }, { maxPerAuction: pay - 1n }, { maxLocked: pay, lockedNow: 1n }])
          expect(decided({ ...it, limits: { ...it.limits, ...limits } }).act).not.toBe('bid')
      }),
    )
  })

  it('asks for the whole bid as the cost of a lot, not for a share of it', () => {
    // 505.07 tokens at 0.2 are worth 101.01; the next lot is 481.02, worth 96.2: a loss of 3.8 on a bid of 100
    const auction = afterBid(debtAuction(1, 1_000n * WAD, 100n * WAD), RIVAL, (50_507n * WAD) / 100n, NOW - 1n)
    const market = { price: WAD / 5n, depth: 10n ** 12n * WAD, sigmaDay: 0n }
    const free = { ...COSTS, gasPrice: 0n, capitalBpsPerDay: 0n }
    const limits = { ...LIMITS, minProfit: 0n, minProfitBps: 0n }
    const decision = decide(gebDebtAuctions, auction, NOW, fairOf(market), free, limits, POLICY)
    expect(decision).toMatchObject({ act: 'skip', reason: 'below-reservation' })
  })

  it('does not bid on an old price, on one that nobody believes, or against itself', () => {
    const auction = debtAuction(1, 10_000n * WAD, 1_000n * WAD)
    const fair = fairOf({ price: WAD / 5n, depth: 10n ** 9n * WAD, sigmaDay: WAD / 10n })
    const ask = (one: GebDebtAuction, changes: object): Decision =>
      decide(gebDebtAuctions, one, NOW, { ...fair, ...changes }, COSTS, LIMITS, POLICY)
    expect(ask(auction, {}).act).toBe('bid')
    expect(ask(auction, { at: NOW - 61n })).toMatchObject({ act: 'skip', reason: 'stale-price' })
    expect(ask(auction, { doubt: 'thirty times its median' })).toMatchObject({ act: 'skip', reason: 'absurd-price' })
    expect(ask(afterBid(auction, US, 9_000n * WAD, NOW - 1n), {})).toMatchObject({ act: 'skip', reason: 'self' })
  })

  it('waits for the last seconds where nobody has bid, and shuts a rival out where one has', () => {
    const fair = fairOf({ price: WAD / 5n, depth: 10n ** 9n * WAD, sigmaDay: WAD / 100n })
    const snipe: Policy = { ...POLICY, style: 'snipe' }
    const auction = debtAuction(1, 10_000n * WAD, 1_000n * WAD)
    expect(decide(gebDebtAuctions, auction, NOW, fair, COSTS, LIMITS, snipe)).toMatchObject({
      ...{ act: 'wait', until: auction.end - 60n },
    })
    const contested = afterBid(auction, RIVAL, 9_500n * WAD, NOW - 1n)
    const decision = decide(gebDebtAuctions, contested, NOW, fair, COSTS, LIMITS, snipe)
    if (decision.act !== 'bid') throw new Error('a bid was expected')
    // the rival's next step would earn less than three per cent
    const next = (decision.terms.get * WAD) / contested.params.bidDecrease
    expect(fair.proceeds(next)).toBeLessThan(1_030n * WAD)
    expect(fair.proceeds(decision.terms.get)).toBeGreaterThan(1_050n * WAD)
  })

  it('lets an auction run out in which nobody has bid, where the next has a larger lot', () => {
    const fair = fairOf({ price: WAD / 5n, depth: 10n ** 9n * WAD, sigmaDay: WAD / 100n })
    const expiry: Policy = { ...POLICY, style: 'expiry' }
    const auction = debtAuction(1, 10_000n * WAD, 1_000n * WAD)
    const at = (one: GebDebtAuction, now: bigint): Decision =>
      decide(gebDebtAuctions, one, now, { ...fair, at: now }, COSTS, LIMITS, expiry)
    expect(at(auction, auction.end - 1n)).toMatchObject({ act: 'wait', until: auction.end })
    expect(at(afterBid(auction, RIVAL, 9_500n * WAD, NOW - 1n), NOW).act).toBe('bid')
  })

  it('counts in every cost: gas of bid and settlement, and the capital for as long as it is locked', () => {
    const auction = debtAuction(1, 10_000n * WAD, 1_000n * WAD)
    const terms = { pay: 1_000n * WAD, get: 9_000n * WAD }
    const fair = fairOf({ price: WAD / 5n, depth: 10n ** 9n * WAD, sigmaDay: 0n })
    const worth = (costs: Partial<Costs>): bigint =>
      expectedProfit(
        terms,
        fair,
        { ...COSTS, gasPrice: 0n, capitalBpsPerDay: 0n, ...costs },
        0n,
        gebDebtAuctions.funding(auction, terms, NOW),
        NOW,
      )
    const free = worth({})
    expect(free).toBe(fair.proceeds(terms.get) - terms.pay)
    // three hours at eight basis points a day are one basis point
    expect(free - worth({ capitalBpsPerDay: 8n })).toBe(WAD / 10n)
    const gas = { gasPrice: WAD, bidGas: 130_000n, settleGas: 0n }
    expect([free - worth(gas), free - worth({ ...gas, settleGas: 140_000n })]).toEqual([130_000n, 270_000n])
  })

  it('buys in a Dutch auction when it is cheap against the market, and waits while it is not', () => {
    const venue: AuctionVenue = gebCollateralAuctions as AuctionVenue
    const auction = collateralAuction(10n * WAD, 10_500n * WAD, 1_100n * WAD)
    const at = (market: bigint): Decision => {
      const fair = fairOf({ price: market * WAD, depth: 10n ** 9n * WAD, sigmaDay: WAD / 10n })
      return decide(venue, auction, NOW, fair, COSTS, LIMITS, POLICY)
    }
    // after an hour the price is 5 % below the oracle's 1100
    expect(at(1_040n).act).toBe('wait')
    const cheap = at(1_100n)
    if (cheap.act !== 'bid') throw new Error('a bid was expected')
    expect(cheap.terms.get).toBe(gebCollateralAuctions.quote(auction, NOW, LIMITS.available)?.get)
  })
})
