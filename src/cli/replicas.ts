import { HeadFollower } from '../chain/heads.js'
import { noMetrics, silentLogger } from '../domain/ports.js'
import { ChainIndexer } from '../indexer/chain-indexer.js'
import type { MarketIndexer } from '../indexer/market-indexer.js'
import type { ChainAccess } from './chain-access.js'
import type { KnownMarket } from './strategies.js'

/** Replicas at the head: from the checkpoints in DATA_DIR where there are some, else from snapshots; writes nothing. */
export async function replicas(
  access: ChainAccess,
  markets: readonly KnownMarket[],
  dataDir: string,
): Promise<MarketIndexer[]> {
  const { rpc, reader, file } = access
  const { id: chainId, blockTimeSeconds } = file.chain
  const common = { rpc, reader, logger: silentLogger, metrics: noMetrics }
  const heads = new HeadFollower(rpc, { ...common, chainId, blockTimeSeconds })
  const indexer = new ChainIndexer({ ...common, heads, markets, dataDir, readOnly: true, audit: null }, () => undefined)
  await indexer.start()
  await indexer.catchUp()
  return [...indexer.markets.values()]
}
