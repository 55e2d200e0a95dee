import { holdingsAt, type Balances } from '../../src/cli/demo/debt-auction/accounts.js'
import { accountOf, ROLES } from '../../src/devnet/ground.js'
import { toAddress } from '../../src/domain/chain.js'
import type { Contract } from '../../src/devnet/deployer.js'
import { WAD } from '../../src/domain/maths.js'
import { GebStation } from './support/geb-station.js'

const HOUR = 3_600

describe('collateral auctions bought with borrowed coins', () => {
  let station: GebStation
  let opening: Balances
  beforeAll(async () => {
    const safes = [2_600n, 2_400n, 1_800n].map((debt) => ({ collateral: 2n, debt }))
    station = await GebStation.open({ agentCoins: 0n, safes })
    opening = await station.balances()
  }, 120_000)
  afterAll(() => station.close())

  it('opens the auctions and buys them when they are cheap, without a coin of its own, at a profit to the wei', async () => {
    const { devnet } = station
    const { geb, executor, ground, agent } = devnet
    await station.crash(1_500n)
    const keeper = await station.start()
    await station.offered(keeper, 'liquidation')
    await station.settle(keeper)
    expect(await station.read(geb.collateralAuctionHouse, 'auctionsStarted')).toBe(2n)
    // at the oracle's own price nothing is to be earned: the reason says so
    const reasons = station
      .withLedger((ledger) => ledger.refusals())
      .filter(({ position }) => position.startsWith('geb-collateral/'))
    expect(reasons.map(({ position }) => position).sort()).toEqual(['geb-collateral/1', 'geb-collateral/2'])
    // five percent an hour: at the end a tenth below the market
    for (let hours = 0; hours < 3; hours++) {
      await station.stage.wait(HOUR)
      await station.settle(keeper)
    }
    await keeper.stop()

    const filter = { address: geb.collateralAuctionHouse.address, fromBlock: '0x0', toBlock: 'latest' }
    const logs = (await devnet.anvil.rpc('eth_getLogs', [filter])) as {
      readonly topics: string[]
      readonly data: string
    }[]
    const bought = logs
      .map((log) => geb.collateralAuctionHouse.abi.parseLog(log))
      .filter((event) => event?.name === 'BuyCollateral')
    expect(new Set(bought.map((event) => String(event?.args[0])))).toEqual(new Set(['1', '2']))
    expect(bought.every((event) => toAddress(String(event?.args[1])) === executor)).toBe(true)
    for (const id of [1, 2]) {
      const [left] = await ground.admin.read(geb.collateralAuctionHouse, 'auctions', [id])
      expect((left as readonly bigint[])[0]).toBe(0n)
    }
    const head = await station.stage.head()
    for (const account of [agent.address, executor]) {
      const held = await holdingsAt(devnet, [account], head)
      expect(held.get(geb.coin.address)).toBe(0n)
      expect(held.get(ground.tokens.WETH.address)).toBe(0n)
    }
    const payout = await holdingsAt(devnet, [accountOf(ground.accounts, ROLES.payout)], head)
    expect(payout.get(ground.tokens.WETH.address)).toBeGreaterThan(0n)
    const { ledger, chain } = await station.profit(opening)
    expect(ledger).toBe(chain)
    expect(chain).toBeGreaterThan(0n)
    expect(devnet.proxy.publicTransactions().filter(({ from }) => from === devnet.operator)).toHaveLength(0)
  })

  it('a purchase that a rival makes first is told as outbid, with whom and at what price', async () => {
    const { devnet, stage } = station
    const { geb, ground } = devnet
    const rival = accountOf(ground.accounts, ROLES.maker)
    const asRival = (to: Contract, method: string, args: readonly unknown[]) =>
      stage.send(to, method, args, ROLES.maker)
    await asRival(geb.coin, 'approve', [geb.coinJoin.address, 10_000n * WAD])
    await asRival(geb.coinJoin, 'join', [rival, 2_000n * WAD])
    await asRival(geb.safeEngine, 'approveSAFEModification', [geb.collateralAuctionHouse.address])
    await stage.etherAt(1_100n, 200n)
    await stage.wait(HOUR)
    await stage.send(geb.delayedOracle, 'updateResult', [])
    await stage.wait(HOUR)
    // at the price that counts the SAFE is safe: the keeper tells the next one and liquidates, in one transaction
    const keeper = await station.start()
    await station.offered(keeper, 'price')
    await station.settle(keeper, 3)
    expect(await station.read(geb.collateralAuctionHouse, 'auctionsStarted')).toBe(3n)
    await stage.wait(HOUR)
    await station.scanned(keeper, await stage.head())
    const ours = await station.bundle()
    expect(ours).not.toBeNull()
    // it stands in the block before ours can
    await asRival(geb.collateralAuctionHouse, 'buyCollateral', [3, 1_890n * WAD])
    await station.settle(keeper, 3)
    await keeper.stop()
    const [left] = await ground.admin.read(geb.collateralAuctionHouse, 'auctions', [3])
    expect((left as readonly bigint[])[0]).toBe(0n)
    expect(station.report().outcomes.get('outbid')).toBe(1)
    const missed = station.withLedger((ledger) => ledger.misses())
    const found = missed.filter(({ position }) => position === 'geb-collateral/3')
    // by earlier purchases of our own nothing was missed
    expect(missed).toEqual(found)
    expect(found.map(({ reason, liquidator }) => [reason, liquidator])).toEqual([['outbid', rival]])
    expect(found[0]?.detail).toMatch(/^we bid \d+ wei for block \d+; the buyer paid 18\d{20} for \d{19}$/)
    const { code, out } = await station.command(['missed', '--json'])
    expect([code, out.includes('geb-collateral/3')]).toEqual([0, true])
  })
})
