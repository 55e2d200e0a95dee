import type { KeeperProcess } from '../../src/cli/demo/keeper-process.js'
import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import type { BundleRecord } from '../../src/devnet/builder/submission.js'
import { Station } from './support/station.js'

/** Reports that have not landed: the keeper's liquidation stands right behind them, in the same block. */
describe('a report that is followed', () => {
  let station: Station
  let keeper: KeeperProcess
  beforeAll(async () => {
    station = await Station.open({ borrowers: 24 })
    keeper = await station.start()
    await station.block(keeper)
    await station.heard('connection', 0, ({ to, state }) => to === 'mev-share' && state === 'open')
    await station.heard('connection', 0, ({ to, state }) => to === 'pending-transactions' && state === 'open')
  })
  afterAll(() => station.close())

  /** Waits for a bundle that has this transaction, or that was sent by this method. */
  async function bundle(of: (record: BundleRecord) => boolean): Promise<BundleRecord> {
    await station.until('a bundle behind the report', () => Promise.resolve(station.waiting().some(of)))
    const found = station.waiting().find(of)
    if (found === undefined) throw new Error('the bundle is gone')
    return found
  }

  test('of the public mempool, in one bundle', async () => {
    const report = await station.devnet.oracles.transmit('WETH', (OPENING_PRICES.WETH * 85n) / 100n)
    const ours = await bundle(({ transactionHashes }) => transactionHashes[0] === report)
    const { transactions } = await station.devnet.builder.produceBlock()
    const place = transactions.indexOf(report)
    expect(transactions[place + 1]).toBe(ours.transactionHashes[1])
    await station.settle(keeper)
  })

  test('of the auction, by a bid that the sender of the report gets the most of', async () => {
    const { hash, transactions: hidden } = await station.devnet.oracles.transmitHidden(
      'WBTC',
      (OPENING_PRICES.WBTC * 80n) / 100n,
    )
    const ours = await bundle(({ method }) => method === 'mev_sendBundle')
    expect(hash).toMatch(/^0x/)
    const { transactions } = await station.devnet.builder.produceBlock()
    const place = transactions.indexOf(hidden[0]?.hash ?? '')
    expect(transactions[place + 1]).toBe(ours.transactionHashes.at(-1))
    const record = station.devnet.builder.records().find(({ id }) => id === ours.id)
    expect(record?.outcome).toMatchObject({ kind: 'landed' })
    await station.settle(keeper)
    const [last] = station.bookings().slice(-1)
    expect(last?.bidWei).toBeGreaterThan(0n)
  })

  test('leaves nothing public', () => {
    const { proxy, operator } = station.devnet
    expect(proxy.publicTransactions().filter(({ from }) => from === operator)).toEqual([])
  })
})
