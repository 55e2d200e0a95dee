import type { Address, Hex, RawLog } from '../domain/chain.js'
import { BadAnswerError } from './rpc-error.js'
import { bytes, count, fields, quantity } from './wire.js'

/** Older nodes send logs without the time of their block; it is then filled in from the header. */
export const NO_TIMESTAMP = -1n

/** Logs in the order of the chain; throws when one occurs twice or one block number has two hashes. */
export function parseLogs(value: unknown): RawLog[] {
  if (!Array.isArray(value)) throw new BadAnswerError('logs are no list')
  const parser = new LogParser()
  const logs = value.map((log) => parser.parse(log))
  const ordered = logs.every((log, i) => i === 0 || order(logs[i - 1] ?? log, log) <= 0)
  if (!ordered) logs.sort(order)
  for (let i = 1; i < logs.length; i++) {
    const [before, log] = [logs[i - 1], logs[i]]
    if (!before || before.blockNumber !== log?.blockNumber) continue
    if (before.logIndex === log.logIndex) throw new BadAnswerError(`log ${log.logIndex} of a block occurs twice`)
    if (before.blockHash !== log.blockHash) throw new BadAnswerError('logs of two forks in one answer')
  }
  return logs
}

const order = (a: RawLog, b: RawLog): number => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex

const LOWER_CASE = /^0x[0-9a-f]*$/
/** Most block numbers and log indexes have fewer digits than a safe integer. */
const SMALL = /^0x[0-9a-fA-F]{1,13}$/

/** Where the last log was, as the node wrote it: the next one is mostly of the same block, often of the same transaction. */
interface Place {
  readonly block: unknown
  readonly hash: unknown
  readonly time: unknown
  readonly blockNumber: number
  readonly blockHash: Hex
  readonly timestamp: bigint
}

/**
 * The logs of one answer. Addresses, topics and hashes recur many times in it: each is examined once and its text shared,
 * which is most of the cost of a long read and of its memory.
 */
class LogParser {
  private readonly known = new Map<string, Hex>()
  private place: Place | null = null
  private transaction: { readonly text: unknown; readonly hash: Hex } | null = null

  parse(value: unknown): RawLog {
    const log = fields(value, 'log')
    if (log['removed'] === true) throw new BadAnswerError('a removed log among those of a canonical block')
    const topics = log['topics']
    if (!Array.isArray(topics) || topics.length > 4) throw new BadAnswerError('log topics are no list of at most four')
    const { blockNumber, blockHash, timestamp } = this.placeOf(log)
    return {
      address: this.bytes(log['address'], 'log address', 20) satisfies Hex as Address,
      topics: topics.map((topic) => this.bytes(topic, 'log topic', 32)),
      data: dataOf(log['data']),
      blockNumber,
      blockHash,
      timestamp,
      transactionHash: this.transactionOf(log['transactionHash']),
      logIndex: small(log['logIndex'], 'log index'),
    }
  }

  private placeOf(log: Readonly<Record<string, unknown>>): Place {
    const { blockNumber: block, blockHash: hash, blockTimestamp: time } = log
    const last = this.place
    if (last !== null && last.hash === hash && last.block === block && last.time === time) return last
    return (this.place = {
      ...{ block, hash, time },
      blockNumber: small(block, 'log block number'),
      blockHash: bytes(hash, 'log block hash', 32),
      timestamp: timeOf(time),
    })
  }

  private transactionOf(text: unknown): Hex {
    const last = this.transaction
    if (last !== null && last.text === text) return last.hash
    const hash = bytes(text, 'log transaction hash', 32)
    this.transaction = { text, hash }
    return hash
  }

  private bytes(value: unknown, what: string, length: 20 | 32): Hex {
    const known = typeof value === 'string' && value.length === 2 + 2 * length ? this.known.get(value) : undefined
    if (known !== undefined) return known
    const parsed = bytes(value, what, length)
    this.known.set(value as string, parsed)
    return parsed
  }
}

function dataOf(value: unknown): Hex {
  if (typeof value === 'string' && value.length % 2 === 0 && LOWER_CASE.test(value)) return value as Hex
  return bytes(value, 'log data')
}

const small = (value: unknown, what: string): number =>
  typeof value === 'string' && SMALL.test(value) ? Number(value) : count(value, what)

function timeOf(value: unknown): bigint {
  if (value === undefined || value === null) return NO_TIMESTAMP
  return typeof value === 'string' && SMALL.test(value) ? BigInt(value) : quantity(value, 'log timestamp')
}
