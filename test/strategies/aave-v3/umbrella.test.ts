import { encodeBytes32String } from 'ethers'
import { coverageRow } from '../../../src/auctions/coverage.js'
import { ChainReader } from '../../../src/chain/reader.js'
import { RpcClient } from '../../../src/chain/rpc-client.js'
import { parseMarketFile } from '../../../src/config/market-file.js'
import { whole } from '../../../src/devnet/catalogue.js'
import { giveEther } from '../../../src/devnet/tokens.js'
import type { BlockRef, Hex } from '../../../src/domain/chain.js'
import { KeeperError } from '../../../src/domain/errors.js'
import type { Market } from '../../../src/domain/market.js'
import { noMetrics, silentLogger } from '../../../src/domain/ports.js'
import { aaveV3 } from '../../../strategies/aave-v3/strategy.js'
import { readCoverage } from '../../../strategies/aave-v3/umbrella.js'
import { address, startExecutorBed, type ExecutorBed } from '../../contracts/support/executor-bed.js'

const [BORROWER, LIQUIDATOR] = [address(0xb0), address(0xb1)]

describe('what covers a real deficit of Aave v3.6, with a stand-in of Umbrella', () => {
  let bed: ExecutorBed
  let market: Market
  let reader: ChainReader

  beforeAll(async () => {
    bed = await startExecutorBed()
    const file = parseMarketFile(bed.marketFile(), 'devnet')
    const [described] = file.markets
    if (described === undefined) throw new KeeperError('test', 'no market')
    market = { ...described, chainId: file.chain.id }
    const rpc = new RpcClient({
      urls: [bed.anvil.rpcUrl],
      chainId: file.chain.id,
      logger: silentLogger,
      metrics: noMetrics,
    })
    reader = new ChainReader(rpc, { multicall: file.chain.multicall })
  }, 120_000)
  afterAll(() => bed.stop())

  async function head(): Promise<BlockRef> {
    const block = (await bed.anvil.rpc('eth_getBlockByNumber', ['latest', false])) as Record<string, Hex>
    const { number = '0x0', hash = '0x', parentHash = '0x', timestamp = '0x0' } = block
    return { number: Number(number), hash, parentHash, timestamp: BigInt(timestamp) }
  }

  /** A borrower whose collateral is taken whole and leaves debt. */
  async function makeDeficit(): Promise<void> {
    await bed.supply('WETH', BORROWER, whole('WETH', 1n))
    await bed.borrow('USDC', BORROWER, whole('USDC', 1_900n))
    await bed.setPrice('WETH', 1_000_00000000n)
    await giveEther(bed.admin, LIQUIDATOR, 10n ** 19n)
    await bed.liquidate(LIQUIDATOR, {
      ...{
        collateral: 'WETH',
        debt: 'USDC',
        user: BORROWER,
        debtToCover: whole('USDC', 1_900n),
        funds: whole('USDC', 1_900n),
      },
    })
  }

  test('deficit, what is not covered, what may be taken, and what is staked for it; a pool without Umbrella has none', async () => {
    expect(await readCoverage(reader, market, await head())).toEqual([])
    await makeDeficit()
    const bare = await readCoverage(reader, market, await head())
    expect(bare.map(({ token, stakes }) => [token.symbol, stakes])).toEqual([['USDC', []]])
    const deficit = bare[0]?.deficit ?? 0n
    expect(deficit).toBeGreaterThan(whole('USDC', 900n))
    // the replica follows the same figure by events
    const state = await aaveV3.snapshot(reader, market, await head(), () => undefined)
    expect(aaveV3.deficits?.(state).map(({ amount }) => amount)).toEqual([deficit])

    const usdc = bed.token('USDC')
    const umbrella = await bed.deploy('UmbrellaStandIn', [bed.market.pool.address])
    const stake = await bed.deploy('UmbrellaStakeStandIn', [usdc, whole('USDC', 50_000n)])
    await bed.admin.send(umbrella, 'cover', [usdc, stake.address, usdc])
    await bed.admin.send(umbrella, 'set', [usdc, whole('USDC', 100n), whole('USDC', 20n)])
    await bed.admin.send(bed.market.addressesProvider, 'setAddress', [
      encodeBytes32String('UMBRELLA'),
      umbrella.address,
    ])
    const [row] = (await readCoverage(reader, market, await head())).map((one) => coverageRow(market.id, one))
    expect(row).toEqual({
      ...{ market: market.id, token: usdc, symbol: 'USDC', decimals: 6, deficit: deficit.toString() },
      ...{ offset: '100000000', pending: '20000000', slashable: (deficit - whole('USDC', 120n)).toString() },
      stakes: [{ stake: stake.address, symbol: 'stkUSDC', asset: usdc, assets: '50000000000', decimals: 6 }],
    })
  })
})
