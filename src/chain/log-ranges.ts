import PQueue from 'p-queue'
import type { Hex, LogFilter, RawLog } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import type { BlockSource } from './canon.js'
import { checkLogs, logQuery } from './log-filter.js'
import type { RpcClient } from './rpc-client.js'
import { BadAnswerError, isTooLarge } from './rpc-error.js'
import { NO_TIMESTAMP, hex, parseLogs } from './wire.js'

export interface LogRangeOptions {
  readonly firstRange: number
  readonly parallel: number
  readonly deadlineMs: number
}

/**
 * All logs of `filter` in [fromBlock, toBlock], in the order of the chain. A range that the provider refuses for its
 * size, its time or its number of blocks is read in halves, and what is still to come is cut to the size that worked.
 * Throws what the client throws, or the provider's refusal when even one block is too much.
 */
export async function readLogRanges(
  rpc: RpcClient,
  filter: LogFilter,
  fromBlock: number,
  toBlock: number,
  options: LogRangeOptions,
): Promise<RawLog[]> {
  if (fromBlock > toBlock || filter.addresses.length === 0) return []
  const parts: { readonly from: number; readonly logs: RawLog[] }[] = []
  let range = options.firstRange
  let next = fromBlock

  const readPart = async (from: number, to: number): Promise<void> => {
    try {
      parts.push({ from, logs: await readOnce(rpc, filter, from, to, options.deadlineMs) })
    } catch (error) {
      if (from === to || !isTooLarge(error)) throw error
      const half = Math.max(1, Math.floor((to - from + 1) / 2))
      range = Math.min(range, half)
      await readPart(from, from + half - 1)
      await readPart(from + half, to)
    }
  }
  const worker = async (): Promise<void> => {
    while (next <= toBlock) {
      const from = next
      const to = Math.min(from + range - 1, toBlock)
      next = to + 1
      try {
        await readPart(from, to)
      } catch (error) {
        next = toBlock + 1 // the other workers need not go on
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: options.parallel }, worker))
  parts.sort((a, b) => a.from - b.from)
  return parts.flatMap((part) => part.logs)
}

function readOnce(rpc: RpcClient, filter: LogFilter, from: number, to: number, deadlineMs: number): Promise<RawLog[]> {
  const parse = (answer: unknown): RawLog[] => {
    const logs = checkLogs(parseLogs(answer), filter)
    const outside = logs.find((log) => log.blockNumber < from || log.blockNumber > to)
    if (outside) throw new BadAnswerError(`a log of block ${outside.blockNumber} in the answer for ${from} to ${to}`)
    return logs
  }
  const query = { fromBlock: hex(from), toBlock: hex(to), ...logQuery(filter) }
  return rpc.request('eth_getLogs', [query], parse, { deadlineMs })
}

/** Fills in from the headers what the node left out. Throws `KeeperError('rpc-gap')` when a header is of another fork. */
export async function withTimestamps(logs: RawLog[], source: BlockSource, parallel: number): Promise<RawLog[]> {
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
