import { bidsText, bidsView } from '../../src/cli/bids-view.js'
import { relayCounts } from '../../src/cli/relay-counts.js'
import type { Opportunity } from '../../src/domain/opportunity.js'
import { silentLogger } from '../../src/domain/ports.js'
import { bidFor } from '../../src/execution/bid-terms.js'
import { BidBook } from '../../src/execution/bids/bid-book.js'
import { bidsOf, learn, type Contest } from '../../src/execution/bids/learn.js'
import { opportunityFor } from './support/keeper.js'
import { A } from './support/records.js'

const limits = { baseBps: 8_000, maxBps: 9_500 }
const ASSET = A('c')
let block = 0
const contest = (changes: Partial<Contest>): Contest => ({
  ...{ asset: ASSET, builder: 'Titan', block: ++block, won: false, ourBps: 8_000, priceBps: 8_600 },
  ...changes,
})
const bidAfter = (...contests: readonly Contest[]): number | undefined => bidsOf(learn(contests, limits)).get(ASSET)

test('a price that beat us is beaten by one per cent next time, an unknown one by five; never above the cap', () => {
  expect(bidAfter(contest({}))).toBe(8_700)
  expect(bidAfter(contest({ priceBps: null }))).toBe(8_500)
  expect(bidAfter(contest({ priceBps: 9_990 }))).toBe(9_500)
  // a price below our bid won by something else (it was earlier, or cheaper in gas): nothing falls
  expect(bidAfter(contest({ priceBps: 3_000 }))).toBe(8_000)
})

test('every block that is won lowers the bid a little, down to half of what the settings name', () => {
  const won = (count: number): Contest[] => Array.from({ length: count }, () => contest({ won: true, priceBps: 8_000 }))
  expect(bidAfter(...won(4))).toBe(7_900)
  expect(bidAfter(...won(1_000))).toBe(4_000)
  expect(bidAfter(contest({}), ...won(2))).toBe(8_650)
})

test('a block teaches once however many positions it brought, and nothing falls below the least that is set', () => {
  const inOne = Array.from({ length: 20 }, () => contest({ won: true, block: 7_000 }))
  expect(bidAfter(...inOne)).toBe(7_975)
  const won = Array.from({ length: 50 }, () => contest({ won: true }))
  expect(bidsOf(learn(won, { ...limits, leastBps: 7_800 })).get(ASSET)).toBe(7_800)
  // the least is no reason to raise what was never so high
  expect(bidsOf(learn(won, { ...limits, leastBps: 9_000 })).get(ASSET)).toBe(8_000)
})

test('one transaction goes to all builders: its bid satisfies those of four fifths of the blocks', () => {
  const quiet = Array.from({ length: 8 }, () => contest({ builder: 'BuilderNet', won: true }))
  // a builder of a tenth of the blocks does not set the price for all
  expect(bidAfter(...quiet, contest({ builder: 'Quasar', priceBps: 9_300 }))).toBe(7_800)
  const fierce = Array.from({ length: 6 }, () => contest({ builder: 'Titan', priceBps: 9_000 }))
  expect(bidAfter(...quiet, ...fierce)).toBe(9_100)
})

test('assets learn apart; the order of arrival does not matter, that of the blocks does', () => {
  const [a, b] = [contest({}), contest({ won: true })]
  expect(bidAfter(b, a)).toBe(bidAfter(a, b))
  expect(bidsOf(learn([contest({ asset: A('d') })], limits)).get(ASSET)).toBeUndefined()
})

test('what was learned goes into the order, within caps; without a lesson the opportunity is left as it is', () => {
  const head = {
    number: 1,
    hash: '0x',
    parentHash: '0x',
    timestamp: 1n,
    baseFeePerGas: 1n,
    gasLimit: 3n,
    gasUsed: 1n,
  } as const
  const opportunity: Opportunity = opportunityFor('p', head)
  const contests: Contest[] = []
  const book = new BidBook({ ...limits, contests: () => contests, logger: silentLogger })
  const caps = { maxBidBps: 9_000, maxFeeShareBps: 9_500 }
  expect(bidFor(opportunity, book.bpsFor(opportunity), caps)).toBe(opportunity)
  contests.push(contest({}))
  book.refresh()
  const bid = bidFor(opportunity, book.bpsFor(opportunity), caps)
  expect(bid).toMatchObject({ bidWei: (10n ** 17n * 87n) / 100n, order: { bidBps: 8_700 } })
  if ('code' in bid) throw new Error(bid.detail)
  expect(bid.netWei).toBe(opportunity.netWei + opportunity.bidWei - bid.bidWei)
  expect(bid.netUsd8).toBeLessThan(opportunity.netUsd8)
  expect(bidFor(opportunity, 9_900, caps)).toMatchObject({ order: { bidBps: 9_000 } })
  // the order's minimum profit stays, whatever was learned
  const room = { ...opportunity, leastWei: 3n * 10n ** 16n, order: { ...opportunity.order, minProfit: 1n } }
  expect(bidFor(room, 9_000, caps)).toMatchObject({ order: { bidBps: 7_000 } })
  const tight = { ...opportunity, order: { ...opportunity.order, minProfit: 4n * 10n ** 16n } }
  expect(bidFor(tight, 9_000, caps)).toMatchObject({ order: { bidBps: 6_000 } })
})

test('a ledger that cannot be read changes nothing', () => {
  let broken = false
  const contests = (): Contest[] => {
    if (broken) throw new Error('disk')
    return [contest({})]
  }
  const book = new BidBook({ ...limits, contests, logger: silentLogger })
  broken = true
  book.refresh()
  const head = {
    number: 1,
    hash: '0x',
    parentHash: '0x',
    timestamp: 1n,
    baseFeePerGas: 1n,
    gasLimit: 3n,
    gasUsed: 1n,
  } as const
  expect(book.bpsFor(opportunityFor('p', head))).toBe(8_700)
})

test('the view explains every bid by what each builder taught, and counts what relays were sent, accepted and landed', () => {
  const answers = (kind: string) => [{ relay: 'relay.example', kind, said: '' }]
  const row = { behind: null, legs: [] } as const
  const attempts = [
    { ...row, outcome: 'landed', answers: answers('accepted') },
    { ...row, outcome: 'expired', answers: answers('unknown') },
  ] as unknown
  const counts = relayCounts(attempts as Parameters<typeof relayCounts>[0])
  expect(counts).toEqual([
    { relay: 'relay.example', sent: 2, accepted: 1, rejected: 0, rateLimited: 0, unknown: 1, landed: 1 },
  ])
  const tokens = new Map([[ASSET, { symbol: 'WETH', decimals: 18 }]])
  const view = bidsView([contest({}), contest({ won: true })], { attemptRows: [], tokens }, limits)
  expect(view.assets).toEqual([{ asset: ASSET, symbol: 'WETH', bidBps: 8_675 }])
  expect(bidsText(view, tokens).join('\n')).toMatch(/WETH +Titan +1 +1 +86\.00 % +86\.75 %/)
  expect(bidsText(bidsView([], { attemptRows: [], tokens }, limits), tokens).join('\n')).toMatch(
    /Nothing was won or lost/,
  )
})
