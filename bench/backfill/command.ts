import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import PQueue from 'p-queue'
import { Blocks } from '../../src/chain/blocks.js'
import { logQuery, unionFilter } from '../../src/chain/log-filter.js'
import { ChainReader } from '../../src/chain/reader.js'
import { RpcClient } from '../../src/chain/rpc-client.js'
import { hex } from '../../src/chain/wire.js'
import { MULTICALL } from '../../src/devnet/multicall.js'
import type { BlockRef, LogFilter } from '../../src/domain/chain.js'
import { decimal } from '../../src/domain/decimal-json.js'
import { messageOf } from '../../src/domain/errors.js'
import { noMetrics, silentLogger } from '../../src/domain/ports.js'
import { Backfill } from '../../src/indexer/backfill.js'
import { Replica } from '../../src/indexer/replica.js'
import { PriceBook } from '../../src/oracle/price-book.js'
import type { AaveState } from '../../strategies/aave-v3/state.js'
import { aaveV3 } from '../../strategies/aave-v3/strategy.js'
import { type Benchmark, UsageError } from '../benchmark.js'
import { makeLogChain, type LogChain } from './chain.js'

const PARALLEL = 4
const FIRST_RANGE = 16
/** A run of either kind that is not counted: code is compiled and the node's caches are filled by it. */
const WARM_UP = 1

interface Range {
  readonly from: number
  readonly to: number
}

interface Run {
  readonly ms: number
  readonly logs: number
}

interface OurRun extends Run {
  readonly ranges: readonly Range[]
  readonly filter: LogFilter
  readonly digest: string
}

/** Backfill from a local node against fetching and `JSON.parse` of the same ranges, nothing done to them. */
export const backfillBenchmark: Benchmark = {
  summary: 'reading and reducing logs, against fetching and parsing the same ranges and nothing else',
  async run(args) {
    const { logs, runs, json } = optionsOf(args)
    const chain = await makeLogChain(logs, 7)
    try {
      return await compare(chain, runs, json)
    } finally {
      await chain.stop()
    }
  },
}

async function compare(chain: LogChain, runs: number, json: boolean): Promise<number> {
  const expected = await snapshotDigest(chain)
  const [raw, ours]: [Run[], OurRun[]] = [[], []]
  for (let i = 0; i < WARM_UP + runs; i++) {
    const mine = await backfillOnce(chain)
    if (mine.digest !== expected) {
      console.error('bench: the replayed state is not the one the contracts have; no timing is shown')
      return 1
    }
    const theirs = await fetchOnce(chain, mine)
    if (theirs.logs !== mine.logs) {
      console.error(`bench: ${mine.logs} logs were reduced and ${theirs.logs} fetched; no timing is shown`)
      return 1
    }
    if (i < WARM_UP) continue
    ours.push(mine)
    raw.push(theirs)
  }
  report(raw, ours, json)
  return 0
}

function report(raw: readonly Run[], ours: readonly OurRun[], json: boolean): void {
  const { logs = 0, ranges = [] } = ours.at(-1) ?? {}
  const rawMs = median(raw.map(({ ms }) => ms))
  const oursMs = median(ours.map(({ ms }) => ms))
  // each pair ran one after the other, on a machine in the same mood
  const ratio = median(ours.map(({ ms }, i) => (raw[i]?.ms ?? 0) / ms))
  const line = (name: string, ms: number): string =>
    `${name.padEnd(34)} ${ms.toFixed(0).padStart(7)} ms ${((logs / ms) * 1000).toFixed(0).padStart(9)} logs/s`
  console.log(`${logs} logs in ${ranges.length} ranges, ${PARALLEL} at a time, median of ${ours.length} runs each`)
  console.log(line('fetch and JSON.parse', rawMs))
  console.log(line('backfill (checked, reduced)', oursMs))
  console.log(`${'speed of backfill ÷ raw'.padEnd(34)} ${ratio.toFixed(2).padStart(7)}`)
  if (!json) return
  const figures = {
    logs,
    ranges: ranges.length,
    parallel: PARALLEL,
    runs: ours.length,
    rawMs,
    oursMs,
    ratio,
    digestOk: true,
  }
  console.log(JSON.stringify(figures))
}

/** A market replayed from its first user on, and what it then says of every position. */
async function backfillOnce({ bed, market }: LogChain): Promise<OurRun> {
  const rpc = new RpcClient({
    ...{ urls: [bed.anvil.rpcUrl], chainId: market.chainId, logger: silentLogger, metrics: noMetrics },
  })
  try {
    const blocks = new Blocks(rpc)
    const header = async (number: number): Promise<BlockRef> => {
      const found = await blocks.byNumber(number)
      if (!found) throw new Error(`the node has no block ${number}`)
      return found
    }
    const reader = new ChainReader(rpc, { multicall: MULTICALL, parallel: PARALLEL, logRange: FIRST_RANGE })
    const state = await aaveV3.genesis(reader, market)
    const replica = new Replica(aaveV3, state, new PriceBook(market.id), await header(market.deployBlock))
    const head = await blocks.latest()
    const seen: { block: number; logs: number }[] = []
    const work = new Backfill(replica, {
      ...{ reader, logger: silentLogger, header, save: null, saveEveryMs: 0, archive: true },
      progress: (done) => void seen.push(done),
    })
    const started = performance.now()
    await work.run(head.number)
    const ms = performance.now() - started
    const ranges = seen.map(({ block }, i) => ({ from: (seen[i - 1]?.block ?? market.deployBlock) + 1, to: block }))
    const logs = seen.at(-1)?.logs ?? 0
    return { ms, logs, ranges, filter: unionFilter(replica.filters), digest: digestOf(state, state) }
  } finally {
    rpc.close()
  }
}

/** The same questions, as many at a time, and nothing done to the answers. */
async function fetchOnce({ bed }: LogChain, { ranges, filter }: OurRun): Promise<Run> {
  const queue = new PQueue({ concurrency: PARALLEL })
  let logs = 0
  const ask = async ({ from, to }: Range): Promise<void> => {
    const query = { fromBlock: hex(from), toBlock: hex(to), ...logQuery(filter) }
    const response = await fetch(bed.anvil.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getLogs', params: [query] }),
    })
    const { result } = JSON.parse(await response.text()) as { result: unknown[] }
    logs += result.length
  }
  const started = performance.now()
  await queue.addAll(ranges.map((range) => () => ask(range)))
  return { ms: performance.now() - started, logs }
}

async function snapshotDigest({ bed, market }: LogChain): Promise<string> {
  const rpc = new RpcClient({
    ...{ urls: [bed.anvil.rpcUrl], chainId: market.chainId, logger: silentLogger, metrics: noMetrics },
  })
  try {
    const reader = new ChainReader(rpc, { multicall: MULTICALL })
    const head = await new Blocks(rpc).latest()
    const state = await aaveV3.snapshot(reader, market, head, () => undefined)
    return digestOf(state, state)
  } finally {
    rpc.close()
  }
}

/** Indexes, and flags, eMode and every balance that counts of all who owe something. */
function digestOf(state: AaveState, of: AaveState): string {
  const reserves = of.reserves.map((r) => r && [r.id, r.liquidityIndex, r.borrowIndex, r.updatedAt, r.scaledDebt])
  const positions = [...aaveV3.positions(state)].sort().map((id) => {
    const { eMode = 0, flags = 0n, keys = [], amounts = [] } = state.positions.get(id) ?? {}
    const entries = keys.map((key, i): [number, bigint] => [key, amounts[i] ?? 0n])
    const counted = entries.filter(([key, n]) => n > 0n && (key % 2 === 1 || ((flags >> BigInt(key >> 1)) & 1n) === 1n))
    return [id, eMode, flags, counted.sort(([a], [b]) => a - b)]
  })
  const text = JSON.stringify([reserves, positions], decimal)
  return createHash('sha256').update(text).digest('hex')
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** Throws `UsageError`. */
function optionsOf(args: readonly string[]): { logs: number; runs: number; json: boolean } {
  const options = {
    json: { type: 'boolean', default: false },
    logs: { type: 'string', default: '40000' },
    runs: { type: 'string', default: '7' },
  } as const
  try {
    const { values } = parseArgs({ args: [...args], options })
    const [logs, runs] = [Number(values.logs), Number(values.runs)]
    if (!(Number.isInteger(logs) && logs >= 1_000 && logs <= 1_000_000)) throw new UsageError('--logs: 1000 to 1000000')
    if (!(Number.isInteger(runs) && runs >= 1 && runs <= 99)) throw new UsageError('--runs: 1 to 99')
    return { logs, runs, json: values.json }
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(messageOf(error))
  }
}
