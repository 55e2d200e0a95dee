import { internalMovements } from '../../src/cli/keeper/auctions/open-room.js'
import { SharedHouses, kinOf } from '../../src/cli/keeper/auctions/protocols.js'
import { RunsInFlight } from '../../src/cli/keeper/auctions/runs-in-flight.js'
import type { Address } from '../../src/domain/chain.js'
import { RAY, WAD } from '../../src/domain/maths.js'
import type { ReceiptLog } from '../../src/execution/receipt.js'
import type { LegRecord } from '../../src/execution/records.js'
import { gebRefill } from '../../strategies/geb/refill.js'
import { gebCollateralAuctions } from '../../strategies/geb/collateral-auctions.js'
import { someAttempt, someIntent } from '../execution/support/records.js'
import { somebody, startGebBed, type GebBed } from '../strategies/geb/support/bed.js'
import { HOUSE } from './support/lab.js'

let bed: GebBed
beforeAll(async () => {
  bed = await startGebBed()
}, 60_000)
afterAll(() => bed.stop())

const OTHER: Address = `0x${'0a'.repeat(20)}`

/** A second collateral type of the same engine: its own join and house for sales, everything else shared. */
function both() {
  const { market, refill } = bed
  const second = {
    ...{ ...market, id: 'geb-other' },
    contracts: { ...market.contracts, collateralJoin: OTHER, collateralAuctionHouse: `0x${'0b'.repeat(20)}` as const },
  }
  return [market, second].map((one) => ({ refill, known: { market: one } }))
}

describe('two markets of one protocol', () => {
  it('are known by the coin that both are paid in', () => {
    const foreign = { ...bed.market, id: 'foreign', contracts: { ...bed.market.contracts, coin: OTHER } }
    const kin = kinOf([...both(), { refill: gebRefill, known: { market: foreign } }])
    expect([...kin]).toEqual([
      ['geb-test', ['geb-test', 'geb-other']],
      ['geb-other', ['geb-test', 'geb-other']],
      ['foreign', ['foreign']],
    ])
  })

  it('book what happens inside the shared engine once, and collateral under the join of its type alone', async () => {
    const { geb, market, bidder, anvil, reader } = bed
    const owner = await somebody(bed, 1)
    await bed.openSafe(owner, 2n * WAD, 2_600n * WAD)
    await bed.collateralAt(1_500n)
    await bed.liquidate(owner)
    const head = await bed.head()
    const [auction] = (await gebCollateralAuctions.open(market, bidder).at(reader, head, head.timestamp)).auctions
    const t = head.timestamp + 7_200n
    const terms = auction && gebCollateralAuctions.quote(auction, t, 500n * WAD)
    if (!auction || !terms) throw new Error('nothing is for sale')
    await anvil.rpc('evm_setNextBlockTimestamp', [Number(t)])
    const logs: ReceiptLog[] = []
    for (const { to, data } of gebCollateralAuctions.encodeBid(auction, terms, bidder)) {
      const sent = [{ from: bidder, to, data, gas: '0x100000' }]
      const receipt = (await anvil.rpc('eth_sendTransactionSync', sent)) as { readonly logs: readonly ReceiptLog[] }
      logs.push(...receipt.logs)
    }
    const [one, other] = both()
    if (!one || !other) throw new Error('two markets')
    const sum = (moved: ReturnType<ReturnType<typeof internalMovements>>, token: Address): bigint =>
      moved.reduce((total, { token: kind, from, to, amount }) => {
        const change = (to === bidder ? amount : 0n) - (from === bidder ? amount : 0n)
        return kind === token ? total + change : total
      }, 0n)
    const moved = internalMovements([one, other])(logs)
    expect(moved).toEqual(internalMovements([one])(logs))
    expect(sum(moved, geb.safeEngine.address)).toBe(-terms.pay * RAY)
    expect(moved.filter(({ token }) => token === geb.collateralJoin.address)).toHaveLength(2)
    expect(sum(moved, geb.collateralJoin.address)).toBe(0n)
    expect(
      gebRefill
        .movements(other.known.market)(logs)
        .map(({ token }) => token),
    ).not.toContain(OTHER)
  })

  it('bid in a shared house by one of them, which the first look decides', () => {
    const houses = new SharedHouses()
    // who cannot bid there, because its market file does not name what is won, say, keeps nobody from it
    expect(houses.isOf('lacking', HOUSE, false)).toBe(true)
    const looks = ['a', 'b', 'a'].map((market) => houses.isOf(market, HOUSE, true))
    expect([...looks, houses.isOf('lacking', HOUSE, false)]).toEqual([true, false, true, false])
    expect(houses.isOf('b', OTHER, true)).toBe(true)
  })

  it('wait for each other’s runs, and share the budget of a day', () => {
    const attempt = someAttempt()
    const [leg] = attempt.opportunity.legs
    const legOf = (market: string, position: string): LegRecord => ({ ...(leg as LegRecord), market, position })
    const opportunity = { ...attempt.opportunity, legs: [legOf('a', 'geb-debt/1')] }
    const out = { intent: someIntent(), attempts: [someAttempt({ opportunity })], outcome: null }
    const runs = new RunsInFlight({
      settings: { mode: 'backstop', backstopDailyLossUsd8: 100n },
      submitter: { inFlight: () => [out], unclear: () => [] },
      ledger: { spentUsd8: (market) => (market === 'a' ? 30n : market === 'b' ? 50n : 7n) },
      kin: (market) => (market === 'c' ? ['c'] : ['a', 'b']),
    })
    const wanted = (market: string, position: string) => runs.mustWait(market, { legs: [legOf(market, position)] })
    expect([wanted('a', 'geb-debt/1'), wanted('a', 'sale/1')]).toEqual([false, true])
    // the same number is another auction in another market
    expect([wanted('b', 'geb-debt/1'), wanted('c', 'sale/1')]).toEqual([true, false])
    expect(['a', 'b', 'c'].map((market) => runs.lossLeftUsd8(market, '2026-11-28'))).toEqual([20n, 20n, 93n])
  })
})
