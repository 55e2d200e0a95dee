import { Blocks } from '../chain/blocks.js'
import type { RpcClient } from '../chain/rpc-client.js'
import type { Market } from '../domain/market.js'
import { LogRanges } from '../chain/log-ranges.js'
import type { Address } from '../domain/chain.js'
import { KeeperError, messageOf } from '../domain/errors.js'
import type { CheckpointStore } from './checkpoint.js'

export interface SyncEstimate {
  readonly market: string
  readonly from: 'checkpoint' | 'snapshot' | 'genesis' | 'replay'
  readonly blocks: number
  /** Requests for logs, if the provider takes ranges of the configured length. */
  readonly logRequests: number
  /** Multicall requests: at least this many; how many borrowers there are is known after the logs. */
  readonly batchRequests: number
  readonly seconds: number
}

export interface EstimateOptions {
  readonly fromGenesis: boolean
  readonly logRange: number
  readonly parallel: number
}

/** A full multicall takes about this many times as long as a request for a header. */
const WEIGHT_OF_LARGE = 5
/** Logs that an answer is cut to, roughly. */
const LOGS_PER_REQUEST = 4_000
const PROBE_MS = 10_000
/** Parameters and price sources: four batches and one request per source of a market of usual size. */
const FIXED_BATCHES = 30
const PROBES = 3

/** What `keeper sync` says before it begins. Asks for a few headers to see how fast the endpoint is. Throws as the client does. */
export async function estimateSync(
  rpc: RpcClient,
  market: Market,
  store: CheckpointStore | null,
  options: EstimateOptions,
): Promise<SyncEstimate> {
  const blocks = new Blocks(rpc)
  const started = performance.now()
  let head = await blocks.latest()
  for (let i = 1; i < PROBES; i++) head = await blocks.latest()
  const secondsEach = (performance.now() - started) / 1000 / PROBES
  const { from, first } = await beginning(market, store, options.fromGenesis)
  const count = Math.max(head.number - first, 0)
  const probe = await probeLogs(rpc, market, Math.max(head.number - options.logRange + 1, first), head.number)
  const logRequests = Math.ceil(Math.max(count / probe.blocks, (count * probe.logsPerBlock) / LOGS_PER_REQUEST))
  const batchRequests = FIXED_BATCHES
  const seconds = (logRequests * probe.seconds) / options.parallel + batchRequests * WEIGHT_OF_LARGE * secondsEach
  return { market: market.id, from, blocks: count, logRequests, batchRequests, seconds }
}

/** Where the reading would begin now. */
async function beginning(
  market: Market,
  store: CheckpointStore | null,
  fromGenesis: boolean,
): Promise<{ from: SyncEstimate['from']; first: number }> {
  const replay = fromGenesis ? await store?.loadReplay() : null
  if (replay) return { from: 'replay', first: replay.block.number }
  const checkpoint = fromGenesis ? null : await store?.peek()
  if (checkpoint) return { from: 'checkpoint', first: checkpoint.number }
  return { from: fromGenesis ? 'genesis' : 'snapshot', first: market.deployBlock }
}

interface Probe {
  /** Blocks that the provider gave the logs of in one request. */
  readonly blocks: number
  readonly logsPerBlock: number
  readonly seconds: number
}

/** The market's newest blocks, read as the long read will: shows range limit, density and speed at once. */
async function probeLogs(rpc: RpcClient, market: Market, from: number, to: number): Promise<Probe> {
  const wanted = Math.max(to - from + 1, 1)
  const filter = { addresses: Object.values(market.contracts) as Address[], topic0: [] }
  const ranges = new LogRanges(rpc, { firstRange: wanted, parallel: 1, deadlineMs: PROBE_MS, patienceMs: 0 })
  const started = performance.now()
  let requests = 0
  let logs = 0
  try {
    for await (const part of ranges.parts(filter, from, to)) {
      requests++
      logs += part.logs.length
    }
  } catch (error) {
    throw new KeeperError('rpc-down', `RPC_URLS: the logs of ${market.id} cannot be read: ${messageOf(error)}`)
  }
  const blocks = Math.max(Math.min(wanted, ranges.nextSize), 1)
  const seconds = (performance.now() - started) / 1000 / Math.max(requests, Math.ceil(wanted / blocks), 1)
  return { blocks, logsPerBlock: logs / wanted, seconds }
}

export interface Rate {
  readonly perSecond: number
  /** Null while nothing is done yet. */
  readonly secondsLeft: number | null
}

/** Speed and time left of a step, from what was done since `startedMs`. Pure. */
export function rateOf(done: number, of: number, startedMs: number, nowMs: number): Rate {
  const seconds = Math.max((nowMs - startedMs) / 1000, 0.001)
  const perSecond = done / seconds
  return { perSecond, secondsLeft: done > 0 ? Math.max(of - done, 0) / perSecond : null }
}
