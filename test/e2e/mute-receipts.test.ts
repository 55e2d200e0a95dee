import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import { Station } from './support/station.js'

const ether = (share: bigint) => ({ WETH: (OPENING_PRICES.WETH * share) / 100n })

/** `chain.blockTimeSeconds` of the devnet. */
const BLOCK_MS = 1_000

describe('a node that never answers for receipts', () => {
  let station: Station
  beforeAll(async () => (station = await Station.open()))
  afterAll(() => station.close())

  it('holds up what is sent behind the transaction in flight, and neither scan nor decisions', async () => {
    const { proxy, moveMarket } = station.devnet
    const keeper = await station.start()
    await moveMarket(ether(90n))
    await station.block(keeper)
    await station.accepted()
    // the transaction lands, and nobody tells; the price falls on
    const end = await proxy.fault('hang', { methods: ['eth_getTransactionReceipt'] })
    await station.block(keeper)
    expect(await station.nonce()).toBe(1)
    const since = station.events.length
    await moveMarket(ether(70n))
    const took: number[] = []
    for (let i = 0; i < 6; i++) {
      const started = performance.now()
      await station.block(keeper)
      took.push(performance.now() - started)
    }
    expect(Math.max(...took)).toBeLessThan(BLOCK_MS)
    const refused = await station.heard('refused', since, ({ reason }) => reason === 'lane-busy')
    expect(refused['detail']).toMatch(/what became of/)
    // each position that fell was decided about while the receipts hung
    const candidates = station.events.slice(since).filter(({ event }) => event === 'candidate')
    expect(candidates.length).toBeGreaterThan(0)
    end()
    await station.heard('landed', since)
    await station.settle(keeper)
    expect(station.bookings()).toHaveLength(await station.nonce())
  })
})
