import { Blocks } from '../chain/blocks.js'
import { ChainReader } from '../chain/reader.js'
import { RpcClient } from '../chain/rpc-client.js'
import { quantity, hex } from '../chain/wire.js'
import { readMarketFile, type MarketFile } from '../config/market-file.js'
import type { Settings } from '../config/settings.js'
import type { Address, Head } from '../domain/chain.js'
import type { Logger, Metrics } from '../domain/ports.js'

/** The chain as commands reach it. `close` ends every connection. */
export interface ChainAccess {
  readonly file: MarketFile
  readonly rpc: RpcClient
  readonly reader: ChainReader
  latest(): Promise<Head>
  /** Wei of the native token. */
  balance(account: Address, block: number): Promise<bigint>
  close(): void
}

/**
 * Reads the market file and connects to `RPC_URLS`. Throws `SettingsError` when the file is wrong or no endpoint is
 * usable; the chain id of each endpoint is checked.
 */
export async function openChain(settings: Settings, logger: Logger, metrics: Metrics): Promise<ChainAccess> {
  const file = readMarketFile(settings.marketsFile ?? '')
  const rpc = new RpcClient({ urls: settings.rpcUrls, chainId: file.chain.id, logger, metrics })
  const reader = new ChainReader(rpc, { multicall: file.chain.multicall })
  try {
    await rpc.start()
  } catch (error) {
    rpc.close()
    throw error
  }
  const blocks = new Blocks(rpc)
  return {
    file,
    rpc,
    reader,
    latest: () => blocks.latest(),
    balance: (account, block) =>
      rpc.request('eth_getBalance', [account, hex(block)], (answer) => quantity(answer, 'a balance')),
    close: () => {
      rpc.close()
    },
  }
}
