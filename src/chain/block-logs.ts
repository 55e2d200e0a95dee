import { setTimeout as sleep } from 'node:timers/promises'
import type { Head, Hex, LogFilter, RawLog } from '../domain/chain.js'
import { KeeperError, messageOf } from '../domain/errors.js'
import type { Logger, Metrics } from '../domain/ports.js'
import { Bloom } from './bloom.js'
import type { Endpoint } from './endpoint.js'
import { checkLogs, logQuery, matcher, unionFilter } from './log-filter.js'
import { NO_TIMESTAMP, parseLogs } from './parse-logs.js'
import type { RequestOptions, RpcClient } from './rpc-client.js'
import { BadAnswerError } from './rpc-error.js'
import { fields } from './wire.js'

/** A bloom that names more strangers than this by chance is too full to doubt an answer that holds something. */
const TELLING_CHANCE = 0.25
/** A node that has announced a head may need a moment until it serves its logs. */
const PAUSES_MS = [40, 120, 360]

/** What became of an answer that was doubted, for the metric `logs_asked_again`. */
type Doubt = 'same' | 'filled' | 'false-positive' | 'unconfirmed'

/**
 * All logs of one block that filters want, by its hash. A node that does not have the block says so; but one that has
 * the header and not yet the receipts answers with nothing, silently. So each answer is held against the header's bloom:
 * what the bloom excludes is refused, what it names and is missing is asked for again, elsewhere first.
 */
export class BlockLogs {
  constructor(
    private readonly rpc: RpcClient,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  /** Throws what the client throws, or `KeeperError('rpc-gap')` while the node does not serve what its header promises. */
  async read(filters: readonly LogFilter[], head: Head): Promise<RawLog[]> {
    const filter = unionFilter(filters)
    if (filter.addresses.length === 0) return []
    const bloom = head.logsBloom === undefined ? null : new Bloom(head.logsBloom)
    const logs = await this.ask(filter, head, bloom, { priority: 1 })
    if (bloom === null || missingFrom(logs, bloom, filters).length === 0) return logs
    const telling = bloom.chanceOf(filters) <= TELLING_CHANCE
    if (logs.length > 0 && !telling) return logs
    return this.askAgain(filters, head, bloom, logs, telling)
  }

  private async askAgain(
    filters: readonly LogFilter[],
    head: Head,
    bloom: Bloom,
    first: RawLog[],
    telling: boolean,
  ): Promise<RawLog[]> {
    const filter = unionFilter(filters)
    for (const pause of PAUSES_MS) {
      const other = this.rpc.otherEndpoint()
      if (other === null) await sleep(pause)
      const again = await this.tryAsk(filter, head, bloom, other)
      const logs = again !== null && again.length > first.length ? again : first
      if (logs !== first && missingFrom(logs, bloom, filters).length === 0) return this.settled('filled', head, logs)
      // a full bloom names everybody: two answers that agree are then all there is to have
      if (!telling) return this.settled(logs === first ? 'same' : 'filled', head, logs)
      const proof = await this.receipts(head)
      if (proof === 'unsupported') return this.settled('unconfirmed', head, logs)
      if (proof !== null && bloom.isCoveredBy(proof)) {
        const wanted = proof.filter(matcher([filter]))
        return this.settled(wanted.length > first.length ? 'filled' : 'false-positive', head, wanted)
      }
    }
    const missing = missingFrom(first, bloom, filters).join(', ')
    throw new KeeperError(
      'rpc-gap',
      `block ${head.number} has logs, says its header, that are not served yet (${missing})`,
    )
  }

  private settled(doubt: Doubt, head: Head, logs: RawLog[]): RawLog[] {
    this.metrics.count('logs_asked_again', { outcome: doubt })
    if (doubt === 'filled')
      this.logger.warn('logs', {
        block: head.number,
        from: this.rpc.current,
        problem: 'the first answer left some out',
      })
    return logs
  }

  private async tryAsk(filter: LogFilter, head: Head, bloom: Bloom, only: Endpoint | null): Promise<RawLog[] | null> {
    try {
      return await this.ask(filter, head, bloom, { priority: 1, ...(only ? { only } : {}) })
    } catch (error) {
      this.logger.debug('logs', { block: head.number, notAskedAgain: messageOf(error) })
      return null
    }
  }

  private ask(filter: LogFilter, head: Head, bloom: Bloom | null, options: RequestOptions): Promise<RawLog[]> {
    const parse = (answer: unknown): RawLog[] => {
      const logs = checkLogs(ofBlock(answer, head), filter)
      const strange = logs.find((log) => bloom?.allows(log) === false)
      if (strange) throw new BadAnswerError(`a log of ${strange.address} that the header of its block excludes`)
      return logs
    }
    return this.rpc.request('eth_getLogs', [{ blockHash: head.hash, ...logQuery(filter) }], parse, options)
  }

  /** Every log of the block from its receipts; null while the node has none, `unsupported` where it does not say. */
  private async receipts(head: Head): Promise<RawLog[] | null | 'unsupported'> {
    const parse = (answer: unknown): RawLog[] | null => {
      if (answer === null) return null
      if (!Array.isArray(answer)) throw new BadAnswerError('receipts are no list')
      const lists = answer.map((receipt) => fields(receipt, 'receipt')['logs'])
      return ofBlock(lists.flat(), head)
    }
    try {
      return await this.rpc.request('eth_getBlockReceipts', [head.hash satisfies Hex], parse, { priority: 1 })
    } catch (error) {
      this.logger.debug('logs', { block: head.number, noReceipts: messageOf(error) })
      return 'unsupported'
    }
  }
}

/** Throws `BadAnswerError` unless these are logs of exactly this block. */
function ofBlock(answer: unknown, head: Head): RawLog[] {
  const logs = parseLogs(answer)
  if (logs.some((log) => log.blockHash !== head.hash || log.blockNumber !== head.number))
    throw new BadAnswerError('logs of another block than asked for')
  if (logs.some((log) => log.timestamp !== NO_TIMESTAMP && log.timestamp !== head.timestamp))
    throw new BadAnswerError('logs with another time than that of their block')
  return logs.map((log) => ({ ...log, timestamp: head.timestamp }))
}

/** Addresses that the bloom names and of which no log came. */
function missingFrom(logs: readonly RawLog[], bloom: Bloom, filters: readonly LogFilter[]): string[] {
  const came = new Set(logs.map(({ address }) => address))
  return bloom.addressesOf(filters).filter((address) => !came.has(address))
}
