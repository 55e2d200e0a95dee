import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import type { Balances } from '../../src/cli/demo/books.js'
import { Station } from './support/station.js'

const FALLEN = { WETH: (OPENING_PRICES.WETH * 90n) / 100n }

describe('kill -9 between sending and inclusion', () => {
  let station: Station
  let opening: Balances
  let sent = ''
  beforeAll(async () => {
    station = await Station.open()
    opening = await station.balances()
  })
  afterAll(() => station.close())

  it('books nothing for a bundle that never lands, and uses its nonce again', async () => {
    const first = await station.start()
    await station.devnet.moveMarket(FALLEN)
    await station.devnet.builder.produceBlock()
    await station.accepted()
    first.signal('SIGKILL')
    expect(await first.end(60_000)).toBe('ended with SIGKILL')
    expect(station.signed()).toBeGreaterThan(0)
    // past the lifetime of the order, in blocks that take no bundle
    for (let i = 0; i < 4; i++) await station.devnet.builder.produceBlock({ local: true })

    const since = station.events.length
    const second = await station.start()
    const expired = await station.heard('expired', since)
    expect(expired['nonce']).toBe(0)
    const again = await station.heard('bundle', since)
    expect(again['nonce']).toBe(0)
    expect(station.bookings()).toEqual([])
    expect(await station.nonce()).toBe(0)
    const waiting = await station.accepted()
    sent = waiting.transactionHashes[0] ?? ''
    second.signal('SIGKILL')
    await second.end(60_000)
  })

  it('books what landed while it was dead exactly once, to the wei of the balances', async () => {
    await station.devnet.builder.produceBlock()
    expect(station.devnet.builder.records().filter(({ outcome }) => outcome.kind === 'landed')).not.toHaveLength(0)
    expect(await station.nonce()).toBe(1)
    expect(station.bookings()).toEqual([])

    const since = station.events.length
    const third = await station.start()
    const landed = await station.heard('landed', since)
    expect([landed['nonce'], landed['transaction']]).toEqual([0, sent])
    expect(station.bookings().map(({ transactionHash }) => transactionHash)).toEqual([sent])
    await station.settle(third)
    third.signal('SIGKILL')
    await third.end(60_000)
    expect(station.bookings()).toHaveLength(await station.nonce())
    const { ledger, chain } = await station.profit(opening)
    expect(ledger).toBe(chain)
    expect(chain).toBeGreaterThan(0n)
  })

  it('changes nothing in the books at another start', async () => {
    const before = station.report()
    const fourth = await station.start()
    await station.settle(fourth)
    await fourth.stop()
    const after = station.report()
    expect(after.bookings).toEqual(before.bookings)
    expect([after.intents, after.attempts, after.outcomes]).toEqual([before.intents, before.attempts, before.outcomes])
    expect(await station.nonce()).toBe(before.bookings.length)
  })
})
