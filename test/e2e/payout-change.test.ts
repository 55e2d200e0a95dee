import { balancesAt, finalPrices, ownerDeltaWei, type Balances } from '../../src/cli/demo/books.js'
import type { KeeperProcess } from '../../src/cli/demo/keeper-process.js'
import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import { rpcOver } from '../../src/devnet/rpc.js'
import { toAddress } from '../../src/domain/chain.js'
import { executorInterface } from '../../src/execution/executor/interface.js'
import { NATIVE } from '../../src/ledger/booking.js'
import { sumDeltas } from '../../src/ledger/totals.js'
import { Station } from './support/station.js'

const NEW_PAYOUT = toAddress(`0x${'00'.repeat(18)}aa22`)
const NOBODY = toAddress(`0x${'00'.repeat(18)}aa33`)

describe('the owner moves the payout address while the keeper works', () => {
  let station: Station
  let keeper: KeeperProcess
  let opening: Balances
  beforeAll(async () => {
    station = await Station.open()
    opening = await holdings()
    keeper = await station.start()
  })
  afterAll(() => station.close())

  /** Balances of everybody who is ours before or after the change. */
  async function holdings(): Promise<Balances> {
    const { devnet } = station
    const head = await station.head()
    const newcomer = { ...devnet, payout: NEW_PAYOUT, owner: NOBODY, operator: NOBODY, executor: NOBODY }
    return sumDeltas([await balancesAt(devnet, head), await balancesAt(newcomer, head)])
  }
  /** What the ledger says, and what the balances say, per token. */
  async function bothSides() {
    const now = await holdings()
    const change = sumDeltas([now, new Map([...opening].map(([token, amount]) => [token, -amount]))])
    return { now, change, deltas: station.report().deltas }
  }
  /** The owner's own gas is none of the keeper's. */
  async function movePayout(): Promise<void> {
    const { executor, owner, anvil, proxy } = station.devnet
    const data = executorInterface.encodeFunctionData('setPayout', [NEW_PAYOUT])
    const sent = { from: owner, to: executor, data, gas: '0x186a0' }
    const hash = await rpcOver(proxy.rpcUrl)('eth_sendTransaction', [sent])
    await station.block(keeper)
    const receipt = (await anvil.rpc('eth_getTransactionReceipt', [hash])) as Record<string, string>
    const paid = BigInt(receipt['gasUsed'] ?? 0) * BigInt(receipt['effectiveGasPrice'] ?? 0)
    opening = sumDeltas([opening, new Map([[NATIVE, -paid]])])
  }
  async function fall(percent: bigint): Promise<number> {
    const before = station.bookings().length
    await station.devnet.moveMarket({ WETH: (OPENING_PRICES.WETH * percent) / 100n })
    await station.devnet.builder.produceBlock()
    await station.accepted()
    await station.settle(keeper)
    return station.bookings().length - before
  }

  it('books what landed before to the wei of the balances', async () => {
    expect(await fall(90n)).toBeGreaterThan(0)
    const first = await bothSides()
    expect(first.deltas).toEqual(first.change)
  })

  it('books what lands after to the wei as well, without a restart', async () => {
    const { executor, ground } = station.devnet
    await movePayout()
    expect((await ground.admin.read({ address: executor, abi: executorInterface }, 'payout'))[0]).toMatch(/aa22$/i)

    expect(await fall(75n)).toBeGreaterThan(0)
    const second = await bothSides()
    expect(second.deltas).toEqual(second.change)
  })

  it('says the same after a reorg and a kill -9', async () => {
    await station.devnet.builder.reorg(2, { keepTransactions: true })
    await station.settle(keeper)
    keeper.signal('SIGKILL')
    await keeper.end(60_000)
    keeper = await station.start()
    await station.settle(keeper)
    const third = await bothSides()
    expect(third.deltas).toEqual(third.change)
    const prices = await finalPrices(station.devnet)
    const { ledger } = await station.profit(opening)
    expect(ledger).toBe(ownerDeltaWei(opening, third.now, prices))
    expect(ledger).toBeGreaterThan(0n)
  })
})
