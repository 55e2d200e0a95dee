import { ChainReader } from '../../../../src/chain/reader.js'
import { RpcClient } from '../../../../src/chain/rpc-client.js'
import { parseMarketFile, type ChainConfig } from '../../../../src/config/market-file.js'
import { openPair } from '../../../../src/devnet/geb/pools.js'
import type { Address, BlockRef } from '../../../../src/domain/chain.js'
import { RAY, WAD } from '../../../../src/domain/maths.js'
import type { Market } from '../../../../src/domain/market.js'
import { noMetrics, silentLogger } from '../../../../src/domain/ports.js'
import { RAD } from '../../../../strategies/maker/maths.js'
import { takerTargets } from '../../../../strategies/maker/sale-plans.js'
import { startExecutorBed, type ExecutorBed } from '../../../contracts/support/executor-bed.js'
import { headOf } from './maker-bed.js'
import { ILK, deployMaker, what, type MakerContracts } from './maker-contracts.js'

/** Stand-ins for Maker's auctions of WETH on the executor's testbed, whose executor may use our taker. */
export interface ClipBed extends ExecutorBed, Omit<MakerContracts, 'market'> {
  readonly ilkMarket: Market
  readonly chain: ChainConfig
  readonly reader: ChainReader
  head(): Promise<BlockRef>
  /** A vault of `ink` WETH (wad) that owes `art` coins (wad). */
  openVault(urn: Address, ink: bigint, art: bigint): Promise<void>
  /** The oracle's price in whole dollars, poked. */
  poke(dollars: bigint): Promise<void>
}

export async function startClipBed(): Promise<ClipBed> {
  const bed = await startExecutorBed()
  try {
    return await withClip(bed)
  } catch (error) {
    await bed.stop()
    throw error
  }
}

/** What the pool of WETH and coins is opened with. */
const POOL = { ether: 8_000n, coins: 20_000_000n }

async function withClip(bed: ExecutorBed): Promise<ClipBed> {
  const { admin, tokens, feeds, uniswap } = bed
  const maker = await deployMaker(admin, {
    ...{ chainId: bed.anvil.chainId, deployBlock: (await headOf(bed.anvil)).number },
    ...{ collateral: tokens.WETH.address, coin: tokens.DAI.address },
    ...{ feed: feeds.sources.WETH.address, coinFeed: feeds.sources.DAI.address },
  })
  await bed.mint('WETH', uniswap.maker, POOL.ether * WAD)
  await bed.mint('DAI', uniswap.maker, POOL.coins * WAD)
  await openPair(admin, uniswap, {
    ...{ tokens: [tokens.WETH, tokens.DAI], amounts: [POOL.ether * WAD, POOL.coins * WAD] },
    ...{ fee: 3_000, tickSpacing: 60 },
  })
  // the coins that are inside the Vat
  await bed.mint('DAI', maker.daiJoin.address, 10_000_000n * WAD)
  await bed.mint('WETH', maker.gemJoin.address, 10_000n * WAD)
  await admin.send(maker.vat, 'suck', [maker.vow.address, maker.daiJoin.address, 10_000_000n * RAD])
  await admin.send(maker.vat, 'file', [ILK, what('dust'), 500n * RAD])
  await admin.send(maker.dog, 'file(bytes32,uint256)', [what('Hole'), 10n ** 8n * RAD])
  await admin.send(maker.dog, 'file(bytes32,bytes32,uint256)', [ILK, what('hole'), 10n ** 8n * RAD])
  await admin.send(maker.dog, 'file(bytes32,bytes32,uint256)', [ILK, what('chop'), (WAD * 113n) / 100n])
  for (const { target, selector } of takerTargets(maker.taker.address))
    await bed.administer('setTarget', [target, selector, true])
  const { chain } = parseMarketFile(bed.marketFile(), 'devnet')
  const rpc = new RpcClient({ urls: [bed.anvil.rpcUrl], chainId: chain.id, logger: silentLogger, metrics: noMetrics })
  const poke = async (dollars: bigint): Promise<void> => {
    await admin.send(maker.spotter, 'set', [dollars * WAD, true, RAY])
    await admin.send(maker.spotter, 'poke', [ILK])
  }
  await poke(2_500n)
  return {
    ...{ ...maker, ...bed },
    ilkMarket: maker.market,
    chain,
    reader: new ChainReader(rpc, { multicall: chain.multicall }),
    head: () => headOf(bed.anvil),
    async openVault(urn, ink, art) {
      await admin.send(maker.vat, 'frob', [ILK, urn, urn, urn, ink, art])
    },
    poke,
  }
}
