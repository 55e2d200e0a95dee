import PQueue from 'p-queue'
import type { Hex, RawLog } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import type { BlockSource } from './canon.js'
import { NO_TIMESTAMP } from './parse-logs.js'

/** Fills in from the headers what the node left out. Throws `KeeperError('rpc-gap')` when a header is of another fork. */
export async function withTimestamps(
  logs: readonly RawLog[],
  source: BlockSource,
  parallel: number,
): Promise<readonly RawLog[]> {
  const blocks = new Map<number, Hex>()
  for (const log of logs) if (log.timestamp === NO_TIMESTAMP) blocks.set(log.blockNumber, log.blockHash)
  if (blocks.size === 0) return logs
  const times = new Map<number, bigint>()
  const queue = new PQueue({ concurrency: parallel })
  await queue.addAll(
    [...blocks].map(([number, hash]) => async () => {
      const header = await source.byNumber(number)
      if (header?.hash !== hash) throw new KeeperError('rpc-gap', `block ${number} changed while its logs were read`)
      times.set(number, header.timestamp)
    }),
  )
  return logs.map((log) => ({ ...log, timestamp: times.get(log.blockNumber) ?? log.timestamp }))
}
