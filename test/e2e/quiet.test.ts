import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import { Station } from './support/station.js'

describe('a price that never falls', () => {
  let station: Station
  beforeAll(async () => (station = await Station.open({ borrowers: 15 })))
  afterAll(() => station.close())

  it('leads to no bundle, no transaction and no attempt', async () => {
    const { devnet } = station
    const before = await station.balances()
    const keeper = await station.start()
    for (let i = 1; i <= 8; i++) {
      // half of the blocks bring nothing new
      if (i % 2 === 0)
        await devnet.moveMarket({
          WETH: (OPENING_PRICES.WETH * BigInt(1_000 + i)) / 1_000n,
          WBTC: (OPENING_PRICES.WBTC * BigInt(1_000 + i)) / 1_000n,
        })
      await station.block(keeper)
    }
    const { problems } = await keeper.health()
    await keeper.stop()
    expect(problems ?? []).toEqual([])
    expect(station.relayed()).toBe(0)
    expect(devnet.builder.records()).toEqual([])
    expect(devnet.proxy.publicTransactions().filter(({ from }) => from === devnet.operator)).toEqual([])
    expect(station.signed()).toBe(0)
    const { intents, attempts, bookings } = station.report()
    expect({ intents, attempts, bookings }).toEqual({ intents: 0, attempts: 0, bookings: [] })
    expect(await station.nonce()).toBe(0)
    expect(await station.balances()).toEqual(before)
  })
})
