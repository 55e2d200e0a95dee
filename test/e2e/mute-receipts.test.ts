import { metricOf } from '../../src/cli/demo/metrics-check.js'
import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import { Station } from './support/station.js'

const ether = (share: bigint) => ({ WETH: (OPENING_PRICES.WETH * share) / 100n })

describe('a node that never answers for receipts', () => {
  let station: Station
  beforeAll(async () => (station = await Station.open()))
  afterAll(() => station.close())

  it('holds up what is sent behind the transaction in flight until its deadline is over, and neither scan nor decisions', async () => {
    const { proxy, moveMarket } = station.devnet
    const keeper = await station.start()
    // blocks that were decided while what became of the transaction in flight was still being asked for
    const decidedWithout = async (): Promise<number> =>
      metricOf(await keeper.metrics(), 'keeper_outcome_reads_late_total')
    await moveMarket(ether(90n))
    await station.block(keeper)
    await station.accepted()
    // the transaction lands, and nobody tells; the price falls on
    const end = await proxy.fault('hang', { methods: ['eth_getTransactionReceipt'] })
    await station.block(keeper)
    expect(await station.nonce()).toBe(1)
    const since = station.events.length
    const sent = station.relayed('eth_sendBundle')
    await moveMarket(ether(70n))
    for (let i = 0; i < 6; i++) {
      const before = await decidedWithout()
      await station.block(keeper)
      // a decision that had waited for the answer, or for the end of asking, would not be counted here
      expect(await decidedWithout()).toBeGreaterThan(before)
      // until then it may still land for all the keeper knows
      if (i === 0) expect(station.relayed('eth_sendBundle')).toBe(sent)
    }
    const refused = await station.heard('refused', since, ({ reason }) => reason === 'lane-busy')
    expect(refused['detail']).toMatch(/what became of/)
    // each position that fell was decided about while the receipts hung
    const candidates = station.events.slice(since).filter(({ event }) => event === 'candidate')
    expect(candidates.length).toBeGreaterThan(0)
    // an order may land for three blocks: at most one to each of two relays in each three
    expect(station.relayed('eth_sendBundle') - sent).toBeLessThanOrEqual(4)
    end()
    await station.heard('landed', since)
    await station.settle(keeper)
    expect(station.bookings()).toHaveLength(await station.nonce())
  })
})
