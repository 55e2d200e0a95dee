import { Blocks } from '../chain/blocks.js'
import type { RpcClient } from '../chain/rpc-client.js'
import type { Market } from '../domain/market.js'
import type { CheckpointStore } from './checkpoint.js'

export interface SyncEstimate {
  readonly market: string
  readonly from: 'checkpoint' | 'snapshot' | 'genesis'
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

/** A request for logs or a full multicall takes about this many times as long as one for a header. */
const WEIGHT_OF_LARGE = 5
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
  const [checkpoint] = options.fromGenesis ? [] : ((await store?.load()) ?? [])
  const from = options.fromGenesis ? 'genesis' : checkpoint ? 'checkpoint' : 'snapshot'
  const first = checkpoint && !options.fromGenesis ? checkpoint.block.number : market.deployBlock
  const count = Math.max(head.number - first, 0)
  const logRequests = Math.ceil(count / options.logRange)
  const batchRequests = FIXED_BATCHES
  const seconds = ((logRequests * WEIGHT_OF_LARGE) / options.parallel + batchRequests) * secondsEach
  return { market: market.id, from, blocks: count, logRequests, batchRequests, seconds }
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
