import { OPENING_PRICES } from '../../src/devnet/catalogue.js'
import type { AaveMarket } from '../../src/devnet/aave/market.js'
import type { ScanRow } from '../../src/cli/scan.js'
import { toAddress, type Address } from '../../src/domain/chain.js'
import { Station } from './support/station.js'

const hex = (n: number): string => `0x${n.toString(16)}`
const ether = (share: bigint) => ({ WETH: (OPENING_PRICES.WETH * share) / 100n })

describe('after a reorg and a kill -9', () => {
  let station: Station
  beforeAll(async () => (station = await Station.open({ borrowers: 26, seed: 2, markets: ['v3.6', 'v3.0'] })))
  afterAll(() => station.close())

  /** Everybody who ever borrowed, by the pool's own events. */
  async function borrowers({ pool }: AaveMarket, block: number): Promise<Address[]> {
    const logs = (await station.devnet.anvil.rpc('eth_getLogs', [
      {
        address: pool.address,
        topics: [pool.abi.getEvent('Borrow')?.topicHash],
        fromBlock: '0x0',
        toBlock: hex(block),
      },
    ])) as { topics: string[] }[]
    return [...new Set(logs.map(({ topics }) => toAddress(`0x${(topics[2] ?? '').slice(26)}`)))]
  }

  async function scan(): Promise<ScanRow[]> {
    const { code, out, note } = await station.command(['scan', '--json', '--all'])
    expect([code, note]).toEqual([0, ''])
    const lines = out.trim().split('\n')
    return lines.map((line) => JSON.parse(line) as ScanRow)
  }

  /** How many positions were compared. */
  async function equalsChain(rows: readonly ScanRow[]): Promise<number> {
    let compared = 0
    for (const market of station.devnet.markets) {
      const own = new Map(rows.filter((row) => row.market === market.id).map((row) => [row.position, row]))
      const block = [...own.values()][0]?.block ?? 0
      for (const borrower of await borrowers(market, block)) {
        const answer = await station.devnet.ground.admin.read(market.pool, 'getUserAccountData', [borrower], hex(block))
        const [collateralBase = 0n, debtBase = 0n, , , , healthFactor = 0n] = answer.map((figure) => figure as bigint)
        const row = own.get(borrower)
        if (row === undefined) {
          expect([borrower, debtBase]).toEqual([borrower, 0n])
          continue
        }
        const wanted = {
          market: market.id,
          position: borrower,
          block,
          ...texts({ healthFactor, collateralBase, debtBase }),
        }
        expect(row).toEqual(wanted)
        compared++
      }
    }
    return compared
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
    await keeper.end(5_000)
    // nobody watches: what the checkpoint knows is orphaned, and the chain goes on
    await builder.produceBlock()
    await builder.reorg(2, { keepTransactions: false })
    await builder.produceBlock()
    const rows = await scan()
    expect(await equalsChain(rows)).toBeGreaterThanOrEqual(20)
    expect(new Set(rows.map(({ block }) => block))).toEqual(new Set([await station.head()]))
  })

  it('the same beside a keeper that runs again', async () => {
    const keeper = await station.start()
    await station.devnet.moveMarket(ether(95n))
    await station.block(keeper)
    expect(await equalsChain(await scan())).toBeGreaterThanOrEqual(20)
    await keeper.stop()
  })
})

const texts = (figures: Readonly<Record<string, bigint>>): Record<string, string> =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, value.toString()]))
