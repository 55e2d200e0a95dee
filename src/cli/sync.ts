import type { Command } from 'commander'
import { HeadFollower } from '../chain/heads.js'
import { noMetrics } from '../domain/ports.js'
import { ChainIndexer } from '../indexer/chain-indexer.js'
import { CheckpointStore } from '../indexer/checkpoint.js'
import { estimateSync, type SyncEstimate } from '../indexer/estimate.js'
import { openChain } from './chain-access.js'
import { settingsOf, withSettingFlags, type Cli, type Register } from './command.js'
import { lockDataDir } from './instance-lock.js'
import { noticeLogger } from './keeper/notices.js'
import { progressLine } from './keeper/progress.js'
import { marketsOf } from './strategies.js'

/** As `ChainReader` begins: providers that take less make it more requests. */
const LOG_RANGE = 10_000
const PARALLEL = 4

const BEGINNINGS: Readonly<Record<SyncEstimate['from'], string>> = {
  checkpoint: 'goes on from its checkpoint',
  replay: 'goes on with the replay that was interrupted',
  genesis: 'is replayed from genesis',
  snapshot: 'is read by snapshot',
}

function sentence({ market, from, blocks, logRequests, batchRequests, seconds }: SyncEstimate): string {
  const start = BEGINNINGS[from]
  const time = seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`
  return `${market} ${start}: ${blocks} blocks, about ${logRequests} requests for logs and ${batchRequests} or more batches of reads, ${time} or more`
}

/** Reads the markets once and writes their checkpoints, so that `run` starts from there. */
async function sync(command: Command, cli: Cli): Promise<void> {
  const { fromGenesis = false } = command.opts<{ fromGenesis?: true }>()
  const settings = settingsOf(command, cli, 'rpc')
  const logger = noticeLogger(cli)
  const lock = await lockDataDir(settings.dataDir)
  try {
    const access = await openChain(settings, logger, noMetrics)
    try {
      const { rpc, reader, file } = access
      const markets = marketsOf(file)
      for (const { market } of markets) {
        const store = new CheckpointStore(settings.dataDir, market, logger)
        cli.note(
          sentence(await estimateSync(rpc, market, store, { fromGenesis, logRange: LOG_RANGE, parallel: PARALLEL })),
        )
      }
      const { id: chainId, blockTimeSeconds } = file.chain
      const common = { rpc, logger, metrics: noMetrics }
      const heads = new HeadFollower(rpc, { ...common, chainId, blockTimeSeconds })
      const progress = progressLine(cli)
      const indexer = new ChainIndexer(
        { ...common, reader, heads, markets, dataDir: settings.dataDir, fromGenesis, audit: null, progress },
        () => undefined,
      )
      await indexer.start()
      for (const { market, strategy, replica } of indexer.markets.values()) {
        const count = [...strategy.positions(replica.state)].length
        cli.out(`${market.id}: ${count} positions with debt at block ${replica.tip.number}`)
      }
    } finally {
      access.close()
    }
  } finally {
    lock.release()
  }
}

export const register: Register = (program, cli) => {
  const command = program
    .command('sync')
    .description('read the markets from the chain and keep the result, after saying what it takes (no key needed)')
    .option('--from-genesis', 'replay every event since the market was deployed instead of taking a snapshot')
  withSettingFlags(command).action(() => sync(command, cli))
}
