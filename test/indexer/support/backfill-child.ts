/**
 * A replay from genesis as a process of its own, to be killed: argv = RPC URL, DATA_DIR, market as JSON, multicall, range.
 * Says a line for every range it has reduced, and the digest of the state at the end.
 */
import { createHash } from 'node:crypto'
import { BlockLogs } from '../../../src/chain/block-logs.js'
import { Blocks } from '../../../src/chain/blocks.js'
import { ChainReader } from '../../../src/chain/reader.js'
import { RpcClient } from '../../../src/chain/rpc-client.js'
import { toAddress } from '../../../src/domain/chain.js'
import type { Market } from '../../../src/domain/market.js'
import { noMetrics, silentLogger, type Logger } from '../../../src/domain/ports.js'
import { CheckpointStore } from '../../../src/indexer/checkpoint.js'
import { MarketIndexer } from '../../../src/indexer/market-indexer.js'
import { aaveV3 } from '../../../strategies/aave-v3/strategy.js'

async function main([url = '', dataDir = '', json = '', multicall = '', range = '']: string[]): Promise<void> {
  const market = JSON.parse(json) as Market
  const told: Logger['info'] = (_, fields) => {
    if (fields?.['startedFrom']) process.stdout.write(`from ${String(fields['startedFrom'])}\n`)
  }
  const common = { logger: { ...silentLogger, info: told }, metrics: noMetrics }
  const rpc = new RpcClient({ urls: [url], chainId: market.chainId, ...common })
  const reader = new ChainReader(rpc, { multicall: toAddress(multicall), logRange: Number(range), parallel: 3 })
  const head = await new Blocks(rpc).latest()
  const indexer = new MarketIndexer(market, aaveV3, new CheckpointStore(dataDir, market, silentLogger), {
    ...{ rpc, reader, ...common, logs: new BlockLogs(rpc, silentLogger, noMetrics), fromGenesis: true, saveEveryMs: 0 },
    progress: ({ done, of }) => process.stdout.write(`${done} of ${of}\n`),
  })
  await indexer.start(head)
  const digest = createHash('sha256').update(indexer.strategy.save(indexer.replica.state)).digest('hex')
  process.stdout.write(`state ${digest}\n`)
  rpc.close()
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(String(error))
  process.exitCode = 1
})
