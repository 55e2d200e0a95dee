import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import type { ScanRow } from '../../src/cli/scan.js'
import { compare, scanAll } from './support/scan-equality.js'
import { Station } from './support/station.js'

const ether = (share: bigint) => ({ WETH: (OPENING_PRICES.WETH * share) / 100n })

describe('after a reorg and a kill -9', () => {
  let station: Station
  beforeAll(async () => (station = await Station.open({ borrowers: 26, seed: 2, markets: ['v3.6', 'v3.0'] })))
  afterAll(() => station.close())

  /** How many positions were compared, all of them equal. */
  async function equalsChain(rows: readonly ScanRow[]): Promise<number> {
    const comparisons = await compare(station, rows)
    expect(comparisons.flatMap(({ differences }) => differences)).toEqual([])
    return comparisons.reduce((sum, { compared }) => sum + compared, 0)
  }

  it('every borrower is reported as the contract has it, and the books hold', async () => {
    const { builder, moveMarket } = station.devnet
    const opening = await station.balances()
    const keeper = await station.start()
    await moveMarket(ether(90n))
    await station.block(keeper)
    await station.accepted()
    await station.block(keeper)
    expect(await station.nonce()).toBe(1)
    // the fall and what was liquidated are taken back; then prices fall again, further
    await builder.reorg(3, { keepTransactions: false })
    await station.heard('reorg')
    await station.block(keeper)
    expect(await station.nonce()).toBe(0)
    await moveMarket(ether(86n))
    await station.block(keeper)
    // its own liquidation, undone, is no rival's
    const ended = await station.heard('expired')
    expect([ended['nonce'], station.events.some(({ event }) => event === 'outbid')]).toEqual([0, false])
    await station.settle(keeper)
    const { ledger, chain } = await station.profit(opening)
    expect(ledger).toBe(chain)
    expect(chain).toBeGreaterThan(0n)

    await moveMarket(ether(72n))
    await station.block(keeper)
    await station.accepted()
    keeper.signal('SIGKILL')
    await keeper.end(60_000)
    // nobody watches: what the checkpoint knows is orphaned, and the chain goes on
    await builder.produceBlock()
    await builder.reorg(2, { keepTransactions: false })
    await builder.produceBlock()
    const rows = await scanAll(station)
    expect(await equalsChain(rows)).toBeGreaterThanOrEqual(20)
    expect(new Set(rows.map(({ block }) => block))).toEqual(new Set([await station.head()]))
  })

  it('the same beside a keeper that runs again', async () => {
    const keeper = await station.start()
    await station.devnet.moveMarket(ether(95n))
    await station.block(keeper)
    expect(await equalsChain(await scanAll(station))).toBeGreaterThanOrEqual(20)
    await keeper.stop()
  })
})
