/** The indexing half of a keeper as a process of its own, to be killed: argv = RPC URL, DATA_DIR, market as JSON, multicall. */
import { HeadFollower } from '../../../src/chain/heads.js'
import { ChainReader } from '../../../src/chain/reader.js'
import { RpcClient } from '../../../src/chain/rpc-client.js'
import { toAddress } from '../../../src/domain/chain.js'
import type { Market } from '../../../src/domain/market.js'
import { noMetrics, silentLogger } from '../../../src/domain/ports.js'
import { ChainIndexer } from '../../../src/indexer/chain-indexer.js'
import { aaveV3 } from '../../../strategies/aave-v3/strategy.js'

async function main([url = '', dataDir = '', json = '', multicall = '']: string[]): Promise<void> {
  const market = JSON.parse(json) as Market
  const common = { logger: silentLogger, metrics: noMetrics }
  const rpc = new RpcClient({ urls: [url], chainId: market.chainId, ...common })
  const reader = new ChainReader(rpc, { multicall: toAddress(multicall) })
  const heads = new HeadFollower(rpc, { chainId: market.chainId, blockTimeSeconds: 0.2, byTimestamp: false, ...common })
  const markets = [{ market, strategy: aaveV3 }]
  const options = { rpc, reader, heads, markets, dataDir, audit: null, checkpointEveryBlocks: 1, ...common }
  const indexer = new ChainIndexer(options, ({ head }) => process.stdout.write(`${head.hash}\n`))
  await indexer.start()
  await indexer.run(new AbortController().signal)
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(String(error))
  process.exitCode = 1
})
