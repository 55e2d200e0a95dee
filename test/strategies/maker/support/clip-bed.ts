import { ChainReader } from '../../../../src/chain/reader.js'
import { RpcClient } from '../../../../src/chain/rpc-client.js'
import { parseMarketFile, type ChainConfig } from '../../../../src/config/market-file.js'
import type { Address, BlockRef } from '../../../../src/domain/chain.js'
import { RAY, WAD } from '../../../../src/domain/maths.js'
import type { Market } from '../../../../src/domain/market.js'
import { noMetrics, silentLogger } from '../../../../src/domain/ports.js'
import { takerTargets } from '../../../../strategies/maker/sale-plans.js'
import { startExecutorBed, type ExecutorBed } from '../../../contracts/support/executor-bed.js'
import { headOf } from './maker-bed.js'
import { ILK, deployMaker, type MakerContracts } from './maker-contracts.js'
import { openMarket } from './open-market.js'

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

async function withClip(bed: ExecutorBed): Promise<ClipBed> {
  const { admin, tokens, feeds, uniswap } = bed
  const maker = await deployMaker(admin, {
    ...{ chainId: bed.anvil.chainId, deployBlock: (await headOf(bed.anvil)).number },
    ...{ collateral: tokens.WETH.address, coin: tokens.DAI.address },
    ...{ feed: feeds.sources.WETH.address, coinFeed: feeds.sources.DAI.address },
  })
  await openMarket({ admin, tokens, uniswap, maker, mint: (symbol, to, amount) => bed.mint(symbol, to, amount) })
  for (const { target, selector } of takerTargets(maker.taker.address))
    await bed.administer('setTarget', [target, selector, true])
  const { chain } = parseMarketFile(bed.marketFile(), 'devnet')
  const rpc = new RpcClient({ urls: [bed.anvil.rpcUrl], chainId: chain.id, logger: silentLogger, metrics: noMetrics })
  const poke = async (dollars: bigint): Promise<void> => {
    await admin.send(maker.spotter, 'set', [dollars * WAD, true, RAY])
    await admin.send(maker.spotter, 'poke', [ILK])
  }
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
