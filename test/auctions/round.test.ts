import { planRound, type Round, type RoundInput } from '../../src/auctions/round.js'
import { saleOf } from '../../src/auctions/inventory.js'
import { PriceCourse } from '../../src/auctions/price-course.js'
import { Spendable } from '../../src/auctions/spendable.js'
import { triedRound } from '../../src/cli/keeper/auctions/round-run.js'
import { RunTrials } from '../../src/cli/keeper/auctions/run-trials.js'
import type { AuctionVenue, Snapshot, Starting } from '../../src/auctions/venue.js'
import { WAD } from '../../src/domain/maths.js'
import { gebDebtAuctions, type GebDebtAuction } from '../../strategies/geb/debt-auctions.js'
import { COSTS, LIMITS, NOW, POLICY, RIVAL, US, afterBid, debtAuction, fairOf, type Market } from './support/lab.js'

const MARKET: Market = { price: WAD / 5n, depth: 5_000_000n * WAD, sigmaDay: WAD / 10n }
const VENUE = gebDebtAuctions as AuctionVenue
const HEALTHY = { enabled: true, reasons: [] }

function roundOf(
  auctions: readonly GebDebtAuction[],
  changes: Partial<RoundInput> & {
    readonly starting?: Starting
    readonly held?: bigint
    readonly market?: Market
    readonly health?: Snapshot['health']
  } = {},
): Round {
  const { starting = null, held = 0n, market = MARKET, health = HEALTHY, ...input } = changes
  const template = debtAuction(0, 1n, 1n)
  const snapshot: Snapshot = { health, auctions, template, starting, maturing: [], reserves: null }
  return planRound({
    ...{
      now: NOW,
      us: US,
      capital: { wallet: 0n, internal: 0n },
      spendable: 3_500n * WAD,
      costs: COSTS,
      limits: LIMITS,
    },
    ...{ views: [{ venue: VENUE, snapshot, held, fair: (behind) => fairOf(market, behind) }], policy: POLICY },
    ...{ kick: 'if-profitable', lent: false, maxGas: 30_000_000n, ...input },
  })
}

/** An auction that ran out without a bid. */
const stale = (): GebDebtAuction => {
  const auction = debtAuction(1, 10_000n * WAD, 1_000n * WAD)
  return { ...auction, expiry: 0n, end: NOW - 1n }
}

const lots = (count: number): GebDebtAuction[] =>
  Array.from({ length: count }, (_, i) => debtAuction(i + 1, 10_000n * WAD, 1_000n * WAD))

describe('a round', () => {
  it('bids as far as the free capital reaches, and says of the rest that it does not', () => {
    const round = roundOf(lots(6))
    expect(round.actions.map(({ kind }) => kind)).toEqual(['bid', 'bid', 'bid'])
    expect(round.pay).toBe(3_000n * WAD)
    expect(round.notes.slice(3).every(({ decision }) => decision.act === 'skip' && decision.reason === 'capital')).toBe(
      true,
    )
  })

  it('values each lot behind all that it holds, leads and has just bid for', () => {
    const thin: Market = { price: WAD / 5n, depth: 20_000n * WAD, sigmaDay: 0n }
    const alone = roundOf(lots(3), { market: thin })
    // three lots of 9,523 tokens meet one pool of 20,000: the second is worth less, the third too little
    expect(alone.actions).toHaveLength(1)
    expect(roundOf(lots(1), { market: thin, held: 30_000n * WAD }).actions).toHaveLength(0)
    const led = afterBid(debtAuction(9, 10_000n * WAD, 1_000n * WAD), US, 9_500n * WAD, NOW - 10n)
    expect(roundOf([led, ...lots(1)], { market: thin }).actions).toHaveLength(0)
  })

  it('never outbids itself, and settles what it leads once the bid has run out', () => {
    const led = afterBid(debtAuction(1, 10_000n * WAD, 1_000n * WAD), US, 9_500n * WAD, NOW - 10n)
    expect(roundOf([led]).actions).toHaveLength(0)
    expect(roundOf([led]).lockedNow).toBe(1_000n * WAD)
    const [settled] = roundOf([led], { now: led.expiry }).actions
    expect(settled).toMatchObject({ kind: 'settle', name: 'geb-debt/1' })
    expect(roundOf([{ ...led, highBidder: RIVAL, leader: RIVAL }], { now: led.expiry }).actions).toHaveLength(0)
  })

  it('pops, starts and bids as one, and starts nothing that does not pay after kicking', () => {
    const call = { to: US, data: '0x01' } as const
    const pop = { kind: 'queue-pop', name: 'queue/1', calls: [call], notBefore: 0n, gas: 30_000n, unlocks: 0n } as const
    const starting: Starting = {
      preparation: [pop],
      auctions: lots(2),
      start: { to: US, data: '0x02' },
      gasPerStart: 240_000n,
    }
    const round = roundOf([], { starting })
    expect(round.actions.map(({ kind, calls }) => [kind, calls.length])).toEqual([
      ['start', 3],
      ['start', 2],
    ])
    const poor = { ...MARKET, price: WAD / 9n }
    expect(roundOf([], { starting, market: poor }).actions).toHaveLength(0)
    expect(roundOf([], { starting, kick: 'never' }).actions).toHaveLength(0)
  })

  it('starts nothing where the first bid pays but not the gas of popping and starting', () => {
    const call = { to: US, data: '0x01' } as const
    const upkeep = { kind: 'queue-pop', name: 'queue/1', calls: [call], notBefore: 0n, unlocks: 0n } as const
    const startsWith = (popGas: bigint, gasPerStart: bigint): number => {
      const starting = { preparation: [{ ...upkeep, gas: popGas }], auctions: lots(1), start: call, gasPerStart }
      return roundOf([], { starting, maxGas: 10n ** 12n }).actions.length
    }
    const [bid] = roundOf(lots(1)).actions
    // all that the bid earns beyond what is asked of it (1 %), as gas
    const spare = (((bid?.expected ?? 0n) - 10n * WAD) * WAD) / COSTS.gasPrice
    expect([startsWith(0n, 0n), startsWith(0n, spare - 1n), startsWith(spare - 1n, 0n)]).toEqual([1, 1, 1])
    expect([startsWith(0n, spare + 1n), startsWith(spare + 1n, 0n)]).toEqual([0, 0])
  })

  it('locks no more than the limit, all bids of the round and those that stand together', () => {
    const led = afterBid(debtAuction(9, 10_000n * WAD, 1_000n * WAD), US, 9_500n * WAD, NOW - 10n)
    const bids = (most: bigint, led: readonly GebDebtAuction[] = []): number =>
      roundOf([...led, ...lots(3)], { limits: { ...LIMITS, maxLocked: most * WAD } }).actions.length
    expect([bids(999n), bids(1_999n), bids(2_000n), bids(3_000n)]).toEqual([0, 1, 2, 3])
    expect([bids(1_999n, [led]), bids(2_000n, [led])]).toEqual([0, 1])
  })

  it('starts and restarts at once in every style: what is started and left is the next bidder’s', () => {
    const start = { to: US, data: '0x02' } as const
    const starting: Starting = { preparation: [], auctions: lots(1), start, gasPerStart: 240_000n }
    for (const style of ['step', 'preclude', 'snipe', 'expiry'] as const) {
      const kinds = roundOf([stale()], { starting, policy: { ...POLICY, style } }).actions.map(({ kind }) => kind)
      expect([style, kinds]).toEqual([style, ['restart', 'start']])
    }
  })

  it('parts what failed together, and lets what fails alone rest, so that the others go on', () => {
    const call = { to: US, data: '0x02' } as const
    const starting: Starting = { preparation: [], auctions: lots(2), start: call, gasPerStart: 240_000n }
    const led = (id: number) => afterBid(debtAuction(id, 10_000n * WAD, 1_000n * WAD), US, 9_500n * WAD, NOW - 20_000n)
    const round = roundOf([led(7), led(8)], { starting })
    const trials = new RunTrials('m')
    const names = (block: number): string[] => triedRound(trials, round, block).actions.map(({ name }) => name)
    const all = ['geb-debt/7', 'geb-debt/8', 'geb-debt/1', 'geb-debt/2']
    expect([names(1), triedRound(trials, round, 1).pay]).toEqual([all, 2_000n * WAD])
    const failed = (block: number): void =>
      trials.failed(
        names(block).map((position) => ({ position })),
        block,
        'the token is paused',
      )
    failed(1)
    expect([names(2), triedRound(trials, round, 2).pay]).toEqual([['geb-debt/7'], 0n])
    failed(2)
    expect(names(3)).toEqual(['geb-debt/8'])
    failed(3)
    // the first auction alone, with the calls that prepare it; where that fails too no later one can be started
    expect([names(4), triedRound(trials, round, 4).pay]).toEqual([['geb-debt/1'], 1_000n * WAD])
    failed(4)
    expect(names(4)).toEqual([])
  })

  it('loses in backstop mode no more than the budget, all bids together', () => {
    // each lot is expected to lose about 50 coins
    const poor = { ...MARKET, price: WAD / 10n, sigmaDay: 0n }
    const backstop = { ...POLICY, mode: 'backstop' as const }
    const bids = (budget: bigint): number => {
      const round = roundOf(lots(3), {
        market: poor,
        policy: backstop,
        limits: { ...LIMITS, minProfit: -budget * WAD },
      })
      const lost = round.actions.reduce((sum, { expected }) => sum - (expected < 0n ? expected : 0n), 0n)
      expect(lost).toBeLessThanOrEqual(budget * WAD)
      return round.actions.length
    }
    expect([0n, 80n, 10_000n].map(bids)).toEqual([0, 1, 3])
  })

  it('is not taken in by a ghost: a settled auction that somebody restarted', () => {
    const ghost = {
      ...debtAuction(1, 0n, 0n),
      highBidder: `0x${'0'.repeat(40)}` as const,
      expiry: 0n,
      end: NOW + 9_999n,
    }
    const round = roundOf([ghost])
    expect([round.actions, round.notes]).toEqual([[], []])
  })

  it('restarts, starts and bids only where the protocol is in order', () => {
    const start = { to: US, data: '0x02' } as const
    const starting: Starting = { preparation: [], auctions: lots(1), start, gasPerStart: 240_000n }
    const auctions = [stale(), ...lots(1)]
    expect(roundOf(auctions, { starting }).actions.map(({ kind }) => kind)).toEqual(['restart', 'bid', 'start'])
    const halted = roundOf(auctions, { starting, health: { enabled: false, reasons: ['the engine is shut down'] } })
    expect(halted.actions).toEqual([])
    expect(halted.notes.map(({ decision }) => decision.act)).toEqual(['skip', 'skip'])
  })

  it('takes its bids back out of a house that was shut down', () => {
    const led = {
      ...afterBid(debtAuction(1, 10_000n * WAD, 1_000n * WAD), US, 9_500n * WAD, NOW - 10n),
      enabled: false,
    }
    const [action] = roundOf([led]).actions
    expect(action).toMatchObject({ kind: 'settle', expected: 1_000n * WAD })
  })

  it('a bidding war ends at the reservation lot, whoever outbids whom', () => {
    for (const rivalMarginBps of [0n, 200n, 600n, 2_000n, 9_000n]) {
      let auction = debtAuction(1, 10_000n * WAD, 1_000n * WAD)
      let [ours, bids] = [0n, 0]
      for (let t = NOW; t < NOW + 2_000n; t += 2n) {
        const fair = (behind: bigint) => ({ ...fairOf(MARKET, behind), at: t })
        const snapshot = {
          health: HEALTHY,
          auctions: [auction],
          template: auction,
          starting: null,
          maturing: [],
          reserves: null,
        }
        const round = roundOf([auction], { now: t, views: [{ venue: VENUE, snapshot, held: 0n, fair }] })
        const [bid] = round.actions
        const [note] = round.notes
        if (bid !== undefined && note?.decision.act === 'bid') {
          expect(bid.terms.get).toBeGreaterThanOrEqual(note.decision.reservation)
          expect(bid.expected).toBeGreaterThanOrEqual(10n * WAD)
          auction = afterBid(auction, US, bid.terms.get, t)
          ours = bid.terms.get
          bids++
        }
        const next = gebDebtAuctions.nextStep(auction, t + 1n)
        const worth = fairOf(MARKET).proceeds(next?.get ?? 0n)
        if (next === null || auction.leader === RIVAL || worth * 10_000n < next.pay * (10_000n + rivalMarginBps)) break
        auction = afterBid(auction, RIVAL, next.get, t + 1n)
      }
      expect(bids).toBeGreaterThan(0)
      // 7 % of haircut for three hours at two deviations, 1 % of margin, gas: no lot below 5,400 tokens is worth 1,000 coins
      expect(ours).toBeGreaterThan(5_400n * WAD)
    }
  })
})

describe('what is free', () => {
  it('is the least of the last blocks: a refund counts when it is confirmed, what was spent at once', () => {
    const spendable = new Spendable(3)
    expect(spendable.missing(10)).toEqual([7, 8, 9, 10])
    for (const [block, amount] of [
      [7, 500n],
      [8, 500n],
      [9, 400n],
      [10, 500n],
    ] as const)
      spendable.saw(block, amount)
    expect(spendable.least(10)).toBe(400n)
    spendable.saw(11, 500n)
    expect(spendable.least(12)).toBe(400n)
    spendable.saw(12, 500n)
    spendable.saw(13, 500n)
    expect(spendable.least(13)).toBe(500n)
    spendable.forgetFrom(12)
    expect(spendable.missing(13)).toEqual([12, 13])
  })
})

describe('a price', () => {
  it('is believed while it is near its median, and when it falls', () => {
    const course = new PriceCourse(600n, 2_000n)
    expect(course.doubt()).toMatch(/no price/)
    for (let i = 0n; i < 20n; i++) course.saw(1_000n + i, NOW + i)
    expect(course.doubt()).toBeNull()
    course.saw(1_300n, NOW + 21n)
    expect(course.doubt()).toMatch(/too high to be believed/)
    course.saw(500n, NOW + 22n)
    expect(course.doubt()).toBeNull()
  })

  it('is not its own witness: of few observations none is believed, also after a time without blocks', () => {
    const course = new PriceCourse(600n, 2_000n)
    for (let i = 0n; i < 4n; i++) {
      course.saw(9_000n, NOW + i)
      expect([course.doubt(), course.fall()]).toEqual([
        expect.stringMatching(/seen \d times/),
        expect.stringMatching(/seen \d times/),
      ])
    }
    course.saw(9_000n, NOW + 4n)
    expect([course.doubt(), course.fall()]).toEqual([null, null])
    // no block for a day: what was seen last still stands against the new price
    course.saw(20_000n, NOW + 86_400n)
    expect(course.doubt()).toMatch(/too high/)
  })

  it('is not sold at while it is far below its median: whoever pushed it there would buy', () => {
    const course = new PriceCourse(600n, 2_000n)
    for (let i = 0n; i < 20n; i++) course.saw(1_000n, NOW + i)
    course.saw(830n, NOW + 20n)
    expect(course.fall()).toMatch(/too low to be sold at/)
    course.saw(840n, NOW + 21n)
    expect(course.fall()).toBeNull()
    course.saw(2_000n, NOW + 22n)
    expect(course.fall()).toBeNull()
  })
})

describe('won tokens', () => {
  const stock = {
    ...{ held: 20_000n, allowed: 50_000n, doubt: null },
    sell: (amount: bigint) => (amount * 1_000_000n) / (1_000_000n + amount),
    floor: () => 0n,
  }
  const settings = { onWin: 'sell' as const, maxImpactBps: 100n, toleranceBps: 100n }
  it('are kept, sold at once, or in slices that move the price little', () => {
    expect(saleOf(stock, { ...settings, onWin: 'hold' })).toMatch(/kept/)
    expect(saleOf(stock, settings)).toMatchObject({ amount: 20_000n })
    const sell = (amount: bigint): bigint => (amount * 10n ** 24n) / (10n ** 24n + amount)
    const deep = { ...stock, sell, held: 10n ** 23n, allowed: 10n ** 23n }
    const slice = saleOf(deep, { ...settings, onWin: 'slices' })
    if (typeof slice === 'string') throw new Error(slice)
    // one per cent of impact in a pool of 10^24, beside that of the probe
    expect(slice.amount).toBeGreaterThan(10n ** 22n)
    expect(slice.amount).toBeLessThan(11n * 10n ** 21n)
  })
  it("are not sold below the owner's floor, past the day's limit or at a price that nobody believes", () => {
    expect(saleOf({ ...stock, floor: () => 30_000n }, settings)).toMatch(/floor/)
    expect(saleOf({ ...stock, allowed: 0n }, settings)).toMatch(/limits/)
    expect(saleOf({ ...stock, allowed: 7n }, settings)).toMatchObject({ amount: 7n })
    expect(saleOf({ ...stock, doubt: 'moved' }, settings)).toBe('moved')
  })
})
