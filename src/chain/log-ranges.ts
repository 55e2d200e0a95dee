import { setTimeout as sleep } from 'node:timers/promises'
import PQueue from 'p-queue'
import type { LogFilter, RawLog } from '../domain/chain.js'
import { KeeperError, messageOf } from '../domain/errors.js'
import { silentLogger, type Logger } from '../domain/ports.js'
import type { Endpoint } from './endpoint.js'
import { checkLogs, logQuery } from './log-filter.js'
import { logRefusal, looksCut } from './log-limits.js'
import { parseLogs } from './parse-logs.js'
import { RangeSize } from './range-size.js'
import type { RpcClient } from './rpc-client.js'
import { BadAnswerError } from './rpc-error.js'
import { hex } from './wire.js'

export interface LogRangeOptions {
  readonly firstRange: number
  /** Ranges on their way at the same time. */
  readonly parallel: number
  readonly deadlineMs: number
  /** How long a range may fail in a row for want of an endpoint before it is given up. */
  readonly patienceMs: number
  readonly logger?: Logger
}

/** The logs of a stretch of chain, complete and in order. */
export interface LogPart {
  readonly from: number
  readonly to: number
  readonly logs: readonly RawLog[]
}

/** What a provider allows, as far as it was met. */
export interface LogLimits {
  readonly size: RangeSize
  mostAddresses: number
}

export const unknownLimits = ({
  firstRange,
  deadlineMs,
}: Pick<LogRangeOptions, 'firstRange' | 'deadlineMs'>): LogLimits => ({
  size: new RangeSize(firstRange, deadlineMs / 4),
  mostAddresses: Number.POSITIVE_INFINITY,
})

/** Logs read ahead of whoever takes them: bounds the memory of a long read. */
const MOST_WAITING_LOGS = 100_000
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 15_000

/**
 * Reads logs in ranges that fit the provider. A range that is refused for its size, its time or its number of blocks is
 * read in smaller ones, and what is still to come has the size that worked; it grows again while ranges succeed. A
 * request to slow down is waited for and changes no size. What was learnt is kept between reads.
 */
export class LogRanges {
  private readonly size: RangeSize
  private readonly logger: Logger
  private pausedUntilMs = 0

  constructor(
    private readonly rpc: RpcClient,
    private readonly options: LogRangeOptions,
    /** May be shared by readers of the same client. */
    private readonly limits: LogLimits = unknownLimits(options),
  ) {
    this.size = limits.size
    this.logger = options.logger ?? silentLogger
  }

  /** Blocks that the next range would have. */
  get nextSize(): number {
    return this.size.size
  }

  /** All logs of `filter` in [from, to], in the order of the chain. Throws what `parts` throws. */
  async read(filter: LogFilter, from: number, to: number): Promise<RawLog[]> {
    const parts: (readonly RawLog[])[] = []
    for await (const { logs } of this.parts(filter, from, to)) parts.push(logs)
    return parts.flat()
  }

  /**
   * The same in parts that follow one another without gap or overlap, several read at a time. Throws
   * `KeeperError('log-range')`, naming block and endpoints, when none gives the logs of a block, and
   * `KeeperError('rpc-down')` when no endpoint answers for `patienceMs`.
   */
  async *parts(filter: LogFilter, from: number, to: number): AsyncGenerator<LogPart, void, undefined> {
    const { parallel } = this.options
    const queue = new PQueue({ concurrency: parallel })
    const waiting: Promise<LogPart>[] = []
    let held = 0
    let next = from
    const fill = (): void => {
      while (next <= to && waiting.length < 2 * parallel && (held < MOST_WAITING_LOGS || waiting.length === 0)) {
        const first = next
        const last = filter.addresses.length === 0 ? to : Math.min(first + this.size.size - 1, to)
        next = last + 1
        const part = queue.add(async () => {
          const logs = await this.range(filter, first, last)
          held += logs.length
          return { from: first, to: last, logs }
        })
        // whoever takes the parts hears of it when it comes to this one
        part.catch(() => undefined)
        waiting.push(part)
      }
    }
    try {
      for (fill(); waiting.length > 0; fill()) {
        const [part] = await Promise.all(waiting.splice(0, 1))
        if (!part) break
        held -= part.logs.length
        fill()
        yield part
      }
    } finally {
      queue.clear()
    }
  }

  private async range(filter: LogFilter, from: number, to: number): Promise<RawLog[]> {
    if (filter.addresses.length > this.limits.mostAddresses) return this.fewerAddresses(filter, from, to)
    const blocks = to - from + 1
    try {
      const started = performance.now()
      const logs = await this.patiently(filter, from, to)
      const cut = looksCut(logs.length)
      if (!cut || (blocks === 1 && filter.addresses.length === 1)) {
        this.size.succeeded(blocks, logs.length, performance.now() - started)
        return logs
      }
      // a page that ends at a round number may be a part of the answer
      return await (blocks === 1 ? this.fewerAddresses(filter, from, to) : this.halves(filter, from, to, blocks >> 1))
    } catch (error) {
      const refusal = logRefusal(error, from, to)
      if (refusal === null) throw error
      if (refusal.kind === 'addresses' && filter.addresses.length > 1) {
        this.limits.mostAddresses = Math.max(1, filter.addresses.length >> 1)
        return this.fewerAddresses(filter, from, to)
      }
      if (refusal.kind !== 'range' || blocks === 1) return this.elsewhere(filter, from, to, error)
      return this.halves(filter, from, to, this.size.refused(blocks, refusal.stated, refusal.cap))
    }
  }

  /** In ranges of `step` blocks, one after another: the place of this part in the queue is one request wide. */
  private async halves(filter: LogFilter, from: number, to: number, step: number): Promise<RawLog[]> {
    const logs: (readonly RawLog[])[] = []
    for (let first = from; first <= to; first += step)
      logs.push(await this.range(filter, first, Math.min(first + step - 1, to)))
    return logs.flat()
  }

  private async fewerAddresses(filter: LogFilter, from: number, to: number): Promise<RawLog[]> {
    const { addresses } = filter
    const some = Math.max(1, Math.min(this.limits.mostAddresses, addresses.length >> 1))
    const logs: (readonly RawLog[])[] = []
    for (let at = 0; at < addresses.length; at += some)
      logs.push(await this.range({ ...filter, addresses: addresses.slice(at, at + some) }, from, to))
    return logs.flat().sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex)
  }

  /** What one endpoint refuses for a reason that fewer blocks do not mend, each of the others is asked. */
  private async elsewhere(filter: LogFilter, from: number, to: number, refused: unknown): Promise<RawLog[]> {
    const problems = [messageOf(refused)]
    for (const endpoint of this.rpc.order()) {
      try {
        const logs = await this.ask(filter, from, to, endpoint)
        this.logger.warn('log-range', { from, to, refusedBy: messageOf(refused), answeredBy: endpoint.label })
        return logs
      } catch (error) {
        problems.push(messageOf(error))
      }
    }
    const what = from === to ? `block ${from}` : `blocks ${from} to ${to}`
    const seen = [...new Set(problems)].join('; ')
    throw new KeeperError('log-range', `no endpoint of RPC_URLS gives the logs of ${what}: ${seen}`, { from, to })
  }

  /** Waits and asks again while no endpoint answers: after a 429 as long as it asked for, together with all others. */
  private async patiently(filter: LogFilter, from: number, to: number): Promise<RawLog[]> {
    const giveUpAtMs = performance.now() + this.options.patienceMs
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const restMs = this.pausedUntilMs - performance.now()
      if (restMs > 0) await sleep(restMs)
      try {
        return await this.ask(filter, from, to)
      } catch (error) {
        const down = error instanceof KeeperError && error.code === 'rpc-down'
        if (!down || performance.now() + pauseMs > giveUpAtMs) throw error
        const named = Math.min(...this.rpc.endpoints.map((endpoint) => endpoint.restsUntilMs - Date.now()))
        const wait = Math.min(Math.max(named, pauseMs), 60_000)
        this.pausedUntilMs = performance.now() + wait
        this.logger.warn('log-range', { from, to, waitMs: Math.round(wait), problem: messageOf(error) })
      }
    }
  }

  private ask(filter: LogFilter, from: number, to: number, only?: Endpoint): Promise<RawLog[]> {
    const parse = (answer: unknown): RawLog[] => {
      const logs = checkLogs(parseLogs(answer), filter)
      const [first, last] = [logs[0], logs.at(-1)]
      const strange = first && first.blockNumber < from ? first : last && last.blockNumber > to ? last : null
      if (strange) throw new BadAnswerError(`a log of block ${strange.blockNumber} in the answer for ${from} to ${to}`)
      return logs
    }
    const query = { fromBlock: hex(from), toBlock: hex(to), ...logQuery(filter) }
    const options = { deadlineMs: this.options.deadlineMs, ...(only ? { only } : {}) }
    return this.rpc.request('eth_getLogs', [query], parse, options)
  }
}
