import type { MarketFile } from '../../config/market-file.js'
import { readMarketFile } from '../../config/market-file.js'
import type { Settings } from '../../config/settings.js'
import { HeadFollower } from '../../chain/heads.js'
import { ChainReader } from '../../chain/reader.js'
import { RpcClient } from '../../chain/rpc-client.js'
import { SettingsError } from '../../domain/errors.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import { marketsOf, type ConfiguredMarket } from './strategies.js'

/** The chain of one market file, reached through `RPC_URLS`. */
export interface Connection {
  readonly file: MarketFile
  readonly markets: readonly ConfiguredMarket[]
  readonly rpc: RpcClient
  readonly reader: ChainReader
  readonly heads: HeadFollower
}

/**
 * Reads the market file and connects. Throws `SettingsError` for a bad file or when no endpoint is usable (dead, or of
 * another chain). The caller closes `rpc`.
 */
export async function connect(settings: Settings, logger: Logger, metrics: Metrics): Promise<Connection> {
  if (settings.marketsFile === null) throw new SettingsError('MARKETS_FILE', 'is not set')
  const file = readMarketFile(settings.marketsFile)
  const markets = marketsOf(file)
  const { id: chainId, blockTimeSeconds, multicall } = file.chain
  const rpc = new RpcClient({ urls: settings.rpcUrls, chainId, logger, metrics })
  try {
    await rpc.start()
  } catch (error) {
    rpc.close()
    throw error
  }
  const reader = new ChainReader(rpc, { multicall })
  const heads = new HeadFollower(rpc, { chainId, blockTimeSeconds, logger, metrics })
  return { file, markets, rpc, reader, heads }
}
