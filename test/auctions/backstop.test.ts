import { planRound, type RoundInput } from '../../src/auctions/round.js'
import type { AuctionVenue, Snapshot } from '../../src/auctions/venue.js'
import { WAD } from '../../src/domain/maths.js'
import { backstopDays, type PayForms } from '../../src/ledger/backstop.js'
import type { BookedRow } from '../../src/ledger/ledger.js'
import { gebDebtAuctions } from '../../strategies/geb/debt-auctions.js'
import { Random } from '../strategies/aave-v3/support/random.js'
import { COIN, COSTS, HOUSE, LIMITS, NOW, POLICY, US, debtAuction, fairOf } from './support/lab.js'

const SEED = 77_031
const ROUNDS = 400
const VENUE = gebDebtAuctions as AuctionVenue

/** Lots worth less than the bids: `price` coins for a token of 10,000 that cost 1,000 coins. */
function roundWith(budget: bigint, price: bigint, lots: number, depth = 5_000_000n * WAD) {
  const template = debtAuction(0, 1n, 1n)
  const auctions = Array.from({ length: lots }, (_, i) => debtAuction(i + 1, 10_000n * WAD, 1_000n * WAD))
  const snapshot: Snapshot = {
    ...{ health: { enabled: true, reasons: [] }, auctions, template, starting: null, maturing: [], reserves: null },
  }
  const market = { price, depth, sigmaDay: WAD / 10n }
  const input: RoundInput = {
    ...{ now: NOW, us: US, capital: { wallet: 0n, internal: 0n }, spendable: 10n ** 24n, costs: COSTS },
    limits: { ...LIMITS, minProfit: -budget },
    views: [{ venue: VENUE, snapshot, held: 0n, fair: (behind) => fairOf(market, behind) }],
    ...{ policy: { ...POLICY, mode: 'backstop' }, kick: 'if-profitable', lent: false, maxGas: 10n ** 9n },
  }
  return planRound(input)
}

const lossOf = (round: ReturnType<typeof planRound>): bigint =>
  round.actions.reduce((sum, { expected }) => (expected < 0n ? sum - expected : sum), 0n)

describe('backstop mode', () => {
  it('takes on exactly the budget and refuses the next auction, saying that the budget is used up', () => {
    const price = (9n * WAD) / 100n
    const [one] = roundWith(10_000n * WAD, price, 1).actions
    const cost = -(one?.expected ?? 0n)
    expect(cost).toBeGreaterThan(0n)
    // a budget of one bid's loss to the last unit takes that bid, one unit less takes none
    expect(roundWith(cost, price, 1).actions).toHaveLength(1)
    const none = roundWith(cost - 1n, price, 1)
    expect(none.actions).toHaveLength(0)
    const two = lossOf(roundWith(10_000n * WAD, price, 2))
    const round = roundWith(two, price, 4)
    expect(round.actions).toHaveLength(2)
    expect(lossOf(round)).toBe(two)
    const refused = round.notes.slice(2).map(({ decision }) => decision)
    expect(refused.map((one) => (one.act === 'skip' ? one.reason : one.act))).toEqual(['budget', 'budget'])
    expect(refused[0]?.act === 'skip' && refused[0].why).toMatch(
      /^it would lose \d+, what is left of the day's budget is 0$/,
    )
  })

  it(`never takes on more than the budget (seed ${SEED}, ${ROUNDS} rounds)`, () => {
    const random = new Random(SEED)
    let [took, ended] = [0, 0]
    for (let i = 0; i < ROUNDS; i++) {
      const budget = BigInt(random.below(3_000)) * WAD + BigInt(random.below(1_000_000))
      const price = (BigInt(20 + random.below(200)) * WAD) / 1_000n
      const depth = BigInt(20_000 + random.below(5_000_000)) * WAD
      const round = roundWith(budget, price, 1 + random.below(8), depth)
      expect(lossOf(round)).toBeLessThanOrEqual(budget)
      took += round.actions.length
      ended += round.notes.filter(({ decision }) => decision.act === 'skip' && decision.reason === 'budget').length
    }
    expect([took > ROUNDS / 4, ended > ROUNDS / 4]).toEqual([true, true])
  })
})

describe('what backstop mode spent and saved', () => {
  const RAY = 10n ** 27n
  const ENGINE = US
  const FORMS: PayForms = {
    units: new Map([
      [COIN, RAY],
      [ENGINE, 1n],
      [HOUSE, 1n],
    ]),
    ...{ claims: HOUSE, whole: RAY },
  }
  const LEG = {
    market: 'm',
    position: 'geb-debt/1',
    collateral: COIN,
    debt: COIN,
    repay: 0n,
    seize: 0n,
    gross: 0n,
    route: 'bid',
  }
  const row = (day: string, deltas: [typeof COIN, bigint][], expected = 0n, net = 0n, foreign = false): BookedRow => ({
    ...{ transactionHash: '0x01', blockHash: '0x02', intentId: 'i', blockNumber: 1, blockTime: 1, day, builder: COIN },
    ...{
      extraData: '',
      status: 1,
      executed: true,
      gasWei: 0n,
      bidWei: 0n,
      expectedNetWei: 0n,
      expectedFeesWei: 0n,
      unpriced: [],
      lost: [],
    },
    ...{ expectedNetUsd8: expected, netUsd8: net, legs: foreign ? [] : [LEG], strays: new Map() },
    deltas: new Map(deltas),
  })
  const bid = 1_000n * WAD

  it('counts a bid as saving nothing, a refund neither, and a claim that ends without coins as debt that is covered', () => {
    const rows = [
      row(
        '2026-11-27',
        [
          [COIN, -2n * bid],
          [HOUSE, 2n * bid * RAY],
        ],
        -150n,
        -20n,
      ),
      row(
        '2026-11-27',
        [
          [ENGINE, bid * RAY],
          [HOUSE, -bid * RAY],
        ],
        0n,
        0n,
        true,
      ),
      row('2026-11-28', [[HOUSE, -bid * RAY]], 30n, -1_000n),
      // another market's business
      { ...row('2026-11-28', [[COIN, 5n]], -7n), legs: [{ ...LEG, market: 'other' }] },
    ]
    expect(backstopDays(rows, 'm', FORMS)).toEqual([
      { market: 'm', day: '2026-11-27', expectedLossUsd8: 150n, realisedUsd8: -20n, saved: 0n },
      { market: 'm', day: '2026-11-28', expectedLossUsd8: 0n, realisedUsd8: -1_000n, saved: bid },
    ])
  })
})
