import type { Address, Head, Hex, RawLog } from '../domain/chain.js'
import { BadAnswerError } from './rpc-error.js'

/** Parsers of what nodes answer. Everything is checked; `BadAnswerError` says what is wrong. */

type Fields = Readonly<Record<string, unknown>>

export function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadAnswerError(`${what} is no object`)
  return value as Fields
}

export function bytes(value: unknown, what: string, length?: number): Hex {
  const right = typeof value === 'string' && /^0x(?:[0-9a-fA-F]{2})*$/.test(value)
  if (!right || (length !== undefined && value.length !== 2 + 2 * length))
    throw new BadAnswerError(`${what} is not ${length === undefined ? 'bytes' : `${length} bytes`}`)
  return value.toLowerCase() as Hex
}

export function quantity(value: unknown, what: string): bigint {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(value))
    throw new BadAnswerError(`${what} is no quantity`)
  return BigInt(value)
}

/** A quantity that must be a safe integer. */
export function count(value: unknown, what: string): number {
  const number = Number(quantity(value, what))
  if (!Number.isSafeInteger(number)) throw new BadAnswerError(`${what} is out of range`)
  return number
}

export const hex = (value: number | bigint): Hex => `0x${value.toString(16)}`

/** A block header as `eth_getBlockBy…` and `newHeads` give it. Chains without EIP-1559 have a base fee of zero here. */
export function parseHead(value: unknown): Head {
  const block = fields(value, 'block')
  return {
    number: count(block['number'], 'block number'),
    hash: bytes(block['hash'], 'block hash', 32),
    parentHash: bytes(block['parentHash'], 'parent hash', 32),
    timestamp: quantity(block['timestamp'], 'block timestamp'),
    baseFeePerGas: block['baseFeePerGas'] === undefined ? 0n : quantity(block['baseFeePerGas'], 'base fee'),
    gasLimit: quantity(block['gasLimit'], 'gas limit'),
    gasUsed: quantity(block['gasUsed'], 'gas used'),
    ...(block['logsBloom'] == null ? {} : { logsBloom: bytes(block['logsBloom'], 'logs bloom', 256) }),
  }
}

/** Like `parseHead`; null when the node does not have the block. */
export const parseHeadOrNull = (value: unknown): Head | null => (value === null ? null : parseHead(value))

/** Older nodes send logs without the time of their block; it is then filled in from the header. */
export const NO_TIMESTAMP = -1n

function parseLog(value: unknown): RawLog {
  const log = fields(value, 'log')
  if (log['removed'] === true) throw new BadAnswerError('a removed log among those of a canonical block')
  const topics = log['topics']
  if (!Array.isArray(topics) || topics.length > 4) throw new BadAnswerError('log topics are no list of at most four')
  return {
    address: bytes(log['address'], 'log address', 20) satisfies Hex as Address,
    topics: topics.map((topic) => bytes(topic, 'log topic', 32)),
    data: bytes(log['data'], 'log data'),
    blockNumber: count(log['blockNumber'], 'log block number'),
    blockHash: bytes(log['blockHash'], 'log block hash', 32),
    timestamp: log['blockTimestamp'] == null ? NO_TIMESTAMP : quantity(log['blockTimestamp'], 'log timestamp'),
    transactionHash: bytes(log['transactionHash'], 'log transaction hash', 32),
    logIndex: count(log['logIndex'], 'log index'),
  }
}

/** Logs in the order of the chain; throws when one occurs twice or one block number has two hashes. */
export function parseLogs(value: unknown): RawLog[] {
  if (!Array.isArray(value)) throw new BadAnswerError('logs are no list')
  const logs = value.map(parseLog).sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex)
  for (const [i, log] of logs.entries()) {
    const before = logs[i - 1]
    if (before?.blockNumber !== log.blockNumber) continue
    if (before.logIndex === log.logIndex) throw new BadAnswerError(`log ${log.logIndex} of a block occurs twice`)
    if (before.blockHash !== log.blockHash) throw new BadAnswerError('logs of two forks in one answer')
  }
  return logs
}
