import type { KeeperProcess } from '../../src/cli/demo/keeper-process.js'
import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import { Station } from './support/station.js'

/** Wide enough that the devnet's cautious borrowers are prepared as well. */
const WIDE = { PREPARE_HEALTH_FACTOR: '1.3', PREPARE_CPU_PERCENT: '90' }

/** A figure of the metrics page, labels and all; 0 where it is not there. */
const figure = (page: string, name: string): number =>
  Number(
    page
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length + 1) ?? 0,
  )

describe('prices that have not landed', () => {
  let station: Station
  let keeper: KeeperProcess

  const prepared = (): Promise<void> =>
    station.until('prepared positions', async () => figure(await keeper.metrics(), 'keeper_prepared') > 0)

  beforeAll(async () => {
    station = await Station.open({}, WIDE)
    keeper = await station.start()
    await station.block(keeper)
    await prepared()
  })
  afterAll(() => station.close())

  it('a report in the public mempool is followed in the same block, by positions that were prepared', async () => {
    const since = station.events.length
    const hash = await station.devnet.oracles.transmit('WETH', (OPENING_PRICES.WETH * 88n) / 100n)
    const { opens } = await station.heard('trigger', since)
    expect(opens).toBeGreaterThan(0)
    await station.accepted()
    const pairs = station.waiting().map(({ transactionHashes }) => transactionHashes)
    expect(pairs).toContainEqual([hash, expect.any(String)])
    expect(figure(await keeper.metrics(), 'keeper_triggered_total{how="prepared"}')).toBeGreaterThan(0)
    const before = station.bookings().length
    const number = await station.block(keeper)
    await station.until('the booking', () => Promise.resolve(station.bookings().length > before))
    expect(station.bookings().map(({ blockNumber }) => blockNumber)).toEqual([number])
  })

  it('a hint of an auction is followed through that auction alone', async () => {
    await station.settle(keeper)
    const since = station.events.length
    await station.devnet.oracles.transmitHidden('WBTC', (OPENING_PRICES.WBTC * 55n) / 100n)
    await station.heard('trigger', since, ({ channel }) => channel === 'hint')
    await station.accepted()
    expect(new Set(station.waiting().map(({ method }) => method))).toEqual(new Set(['mev_sendBundle']))
    const before = station.bookings().length
    await station.block(keeper)
    await station.until('the booking', () => Promise.resolve(station.bookings().length > before))
  })
})
