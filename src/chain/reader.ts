import PQueue from 'p-queue'
import type {
  Address,
  AssumingReader,
  BlockRef,
  CallRequest,
  CallResult,
  Hex,
  LogFilter,
  RawLog,
  Reader,
  StateOverride,
} from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import { silentLogger, type Logger } from '../domain/ports.js'
import { Blocks } from './blocks.js'
import { LogRanges, unknownLimits, type LogPart } from './log-ranges.js'
import { withTimestamps } from './log-times.js'
import { decodeAggregate, encodeAggregate, encodedSize } from './multicall.js'
import { askAt, type BlockParameter } from './pin.js'
import type { RpcClient } from './rpc-client.js'
import { RpcError, isTooLarge } from './rpc-error.js'
import { bytes, hex } from './wire.js'

export interface ReaderOptions {
  /** Multicall3 of the chain. */
  readonly multicall: Address
  /** Calls in one batch. */
  readonly batchCalls?: number
  /** Calldata in one batch; anvil takes 2 MB as hex, some providers less. */
  readonly batchBytes?: number
  /** Batches on their way at the same time. */
  readonly parallel?: number
  readonly deadlineMs?: number
  /** Blocks of the first range that `logs` asks for. */
  readonly logRange?: number
  readonly logger?: Logger
  /** How long `logs` asks again when no endpoint answers; 0: whoever asked must know at once. */
  readonly patienceMs?: number
  /** Leave `timestamp` at −1 where the node does not send it, instead of reading a header per block. */
  readonly withoutTimestamps?: boolean
  /** Ask an endpoint first that is not the one in use. */
  readonly elsewhere?: boolean
  /** State that every call sees on top of the chain's. */
  readonly assumed?: StateOverride
}

const LONG_PATIENCE_MS = 60_000
const DEADLINE_MS = 20_000
const LOG_RANGE = 10_000
const PARALLEL = 4

/** The parts of a reader that need no batching; for contracts that answer only to an account, never to another contract. */
export interface DirectReader extends Reader {
  call(request: CallRequest, block: number): Promise<CallResult>
}

/** A `Reader` over Multicall3. Every method throws `KeeperError('rpc-down')` or `RpcError` when the chain cannot be read. */
export class ChainReader implements DirectReader, AssumingReader {
  private readonly deadlineMs: number
  /** Reads while following are small: a node that lets one hang must not hold up the head for long. */
  private readonly callDeadlineMs: number
  private readonly ranges: LogRanges

  constructor(
    private readonly rpc: RpcClient,
    private readonly options: ReaderOptions,
    /** Reads of its number are made by its hash. */
    private readonly pin: BlockRef | null = null,
    /** Shared with the readers made from this one. `batchCalls` is halved for good when a provider refuses a batch. */
    private readonly learned = {
      batchCalls: options.batchCalls ?? 500,
      byHash: { supported: true },
      logs: unknownLimits({
        firstRange: options.logRange ?? LOG_RANGE,
        deadlineMs: options.deadlineMs ?? DEADLINE_MS,
      }),
    },
  ) {
    const { deadlineMs = DEADLINE_MS, parallel = PARALLEL, logRange: firstRange = LOG_RANGE } = options
    const { logger = silentLogger, patienceMs = 0 } = options
    this.deadlineMs = deadlineMs
    this.callDeadlineMs = options.deadlineMs ?? (options.withoutTimestamps ? DEADLINE_MS : 6_000)
    this.ranges = new LogRanges(rpc, { parallel, firstRange, logger, patienceMs, deadlineMs }, this.learned.logs)
  }

  async calls(requests: readonly CallRequest[], block: number): Promise<CallResult[]> {
    const queue = new PQueue({ concurrency: this.options.parallel ?? PARALLEL })
    const batches = this.split(requests)
    const answers = await Promise.all(batches.map((batch) => queue.add(() => this.batch(batch, block))))
    return answers.flat()
  }

  /** One plain `eth_call` from the zero address. A revert is a result that is not `ok`. */
  async call(request: CallRequest, block: number): Promise<CallResult> {
    try {
      return { ok: true, data: await this.ethCall(request, block) }
    } catch (error) {
      if (error instanceof RpcError && isRevert(error)) return { ok: false, data: error.revert ?? '0x' }
      throw error
    }
  }

  async logs(filter: LogFilter, fromBlock: number, toBlock: number): Promise<RawLog[]> {
    const parts: (readonly RawLog[])[] = []
    for await (const { logs } of this.logParts(filter, fromBlock, toBlock)) parts.push(logs)
    return parts.flat()
  }

  /** The same in parts that follow one another without gap or overlap, a bounded number of them read ahead. */
  async *logParts(filter: LogFilter, fromBlock: number, toBlock: number): AsyncGenerator<LogPart, void, undefined> {
    const { withoutTimestamps = false, parallel = PARALLEL } = this.options
    const blocks = new Blocks(this.rpc)
    for await (const part of this.ranges.parts(filter, fromBlock, toBlock)) {
      const logs = withoutTimestamps ? part.logs : await withTimestamps(part.logs, blocks, parallel)
      yield { ...part, logs }
    }
  }

  /** The same reader, which does not ask for the headers of logs that come without a time: for reading who, not when. */
  untimed(): ChainReader {
    const options = { patienceMs: LONG_PATIENCE_MS, ...this.options, withoutTimestamps: true }
    return new ChainReader(this.rpc, options, this.pin, this.learned)
  }

  /** The same reader for long reads: it waits for endpoints that rest, up to a minute, instead of giving up. */
  patient(logger: Logger): ChainReader {
    return new ChainReader(this.rpc, { ...this.options, patienceMs: LONG_PATIENCE_MS, logger }, this.pin, this.learned)
  }

  /** The same reader, whose calls go to another endpoint than the one in use, where there is one: a second opinion. */
  elsewhere(): ChainReader {
    return new ChainReader(this.rpc, { ...this.options, elsewhere: true }, this.pin, this.learned)
  }

  /**
   * The same reader, whose calls, code and storage at the number of `block` are those of this very block: an answer of
   * another fork becomes an error. Logs are read by range and are not pinned.
   */
  pinnedTo({ number, hash, parentHash, timestamp }: BlockRef): ChainReader {
    return new ChainReader(this.rpc, this.options, { number, hash, parentHash, timestamp }, this.learned)
  }

  assuming(state: StateOverride): ChainReader {
    return new ChainReader(this.rpc, { ...this.options, assumed: state }, this.pin, this.learned)
  }

  code(address: Address, block: number): Promise<Hex> {
    const { deadlineMs } = this
    const parse = (answer: unknown): Hex => bytes(answer, 'code')
    return this.at(block, (at) => this.rpc.request('eth_getCode', [address, at], parse, { deadlineMs }))
  }

  storage(address: Address, slot: Hex, block: number): Promise<Hex> {
    const { deadlineMs } = this
    const parse = (answer: unknown): Hex => bytes(answer, 'a slot', 32)
    return this.at(block, (at) => this.rpc.request('eth_getStorageAt', [address, slot, at], parse, { deadlineMs }))
  }

  /** How many requests `calls` makes for so many calls of ordinary size. */
  batchesFor(calls: number): number {
    return Math.ceil(calls / this.learned.batchCalls)
  }

  private split(requests: readonly CallRequest[]): CallRequest[][] {
    const most = this.options.batchBytes ?? 256 * 1024
    const batches: CallRequest[][] = []
    let size = 0
    for (const request of requests) {
      const last = batches.at(-1)
      size += encodedSize(request)
      if (last && last.length < this.learned.batchCalls && size <= most) last.push(request)
      else {
        batches.push([request])
        size = encodedSize(request)
      }
    }
    return batches
  }

  /**
   * A call that fails without a word may have failed for want of gas in a full batch: those are asked once more among
   * themselves, so that an empty failure is the contract's own.
   */
  private async batch(requests: readonly CallRequest[], block: number): Promise<CallResult[]> {
    const results = await this.aggregate(requests, block)
    const silent = results.flatMap((result, i) => (!result.ok && result.data === '0x' ? [i] : []))
    if (silent.length === 0 || silent.length === requests.length) return results
    const again = await this.aggregate(
      silent.flatMap((i) => requests[i] ?? []),
      block,
    )
    for (const [k, i] of silent.entries()) results[i] = again[k] ?? { ok: false, data: '0x' }
    return results
  }

  private async aggregate(requests: readonly CallRequest[], block: number): Promise<CallResult[]> {
    try {
      const data = await this.ethCall(
        { to: this.options.multicall, data: encodeAggregate(requests) },
        block,
        (answer) => {
          const text = bytes(answer, 'a call answer')
          return text === '0x' ? null : decodeAggregate(text, requests.length)
        },
      )
      if (data === null) throw this.missing(block)
      return data
    } catch (error) {
      if (requests.length === 1 || !(isTooLarge(error) || isBatchFailure(error))) throw error
      const half = Math.ceil(requests.length / 2)
      this.learned.batchCalls = Math.max(Math.min(this.learned.batchCalls, half), 10)
      const first = await this.aggregate(requests.slice(0, half), block)
      return [...first, ...(await this.aggregate(requests.slice(half), block))]
    }
  }

  private ethCall(request: CallRequest, block: number): Promise<Hex>
  private ethCall<T>(request: CallRequest, block: number, parse: (answer: unknown) => T): Promise<T>
  private ethCall(
    request: CallRequest,
    block: number,
    parse: (answer: unknown) => unknown = (answer) => bytes(answer, 'a call answer'),
  ): Promise<unknown> {
    const { callDeadlineMs: deadlineMs } = this
    const first = this.options.elsewhere === true ? this.rpc.otherEndpoint() : null
    const options = first === null ? { deadlineMs } : { deadlineMs, first }
    const { assumed } = this.options
    const more = assumed === undefined ? [] : [assumed]
    return this.at(block, (at) => this.rpc.request('eth_call', [request, at, ...more], parse, options))
  }

  private at<T>(block: number, ask: (block: BlockParameter) => Promise<T>): Promise<T> {
    if (this.pin?.number !== block) return ask(hex(block))
    const hashAt = async (number: number): Promise<Hex | null> =>
      (await new Blocks(this.rpc).byNumber(number))?.hash ?? null
    return askAt(this.pin, this.learned.byHash, ask, hashAt)
  }

  private missing(block: number): KeeperError {
    const message = `no Multicall3 at ${this.options.multicall} in block ${block}: check chain.multicall in MARKETS_FILE`
    return new KeeperError('multicall-missing', message, { multicall: this.options.multicall, block })
  }
}

const isRevert = (error: RpcError): boolean =>
  error.revert !== null || error.rpcCode === 3 || /revert|invalid opcode|out of gas|stack/i.test(error.rpcMessage)

/** `aggregate3` allows its calls to fail, so a batch that reverts as a whole ran out of gas. */
const isBatchFailure = (error: unknown): boolean => error instanceof RpcError && isRevert(error)
