import type { DirectReader } from '../chain/reader.js'
import type { Address, RawLog } from '../domain/chain.js'
import { ANSWER_UPDATED, addressWord, ask, signedWord, text } from './chainlink.js'
import { DUAL_VERSION, readDual } from './dual-reading.js'
import type { Leaf, LeafState } from './tree.js'

/** A source that ends a tree, or why it cannot be followed by its events. */
export type LeafFinding =
  | { readonly leaf: Leaf & { readonly kind: 'rounds' | 'dual' }; readonly state: LeafState; readonly answer: bigint }
  | { readonly reason: string; readonly answer: bigint | null }

/** Blocks searched for a round of a source without a proxy: more than a heartbeat of 24 hours at 12 s. */
const LOOKBACK_BLOCKS = 10_000
const NO_ROUNDS = `of no kind known: no proxy, no adapter, and no round emitted in the last ${LOOKBACK_BLOCKS} blocks`

interface Asked {
  readonly source: Address
  readonly answer: bigint | null
  readonly aggregator: Address | null
  readonly phase: bigint | null
  readonly decimals: number | null
}

/**
 * Finds out how sources without an adapter's getters can be followed. One counts as plain only when it is proven: a proxy
 * whose current phase is the aggregator it names, or an aggregator seen emitting; and an answer equal to the aggregator's
 * to the unit. A dual aggregator, which changes its answer by time, is followed when its storage is known. Throws what
 * the reader throws.
 */
export async function findLeaves(
  sources: readonly Address[],
  reader: DirectReader,
  block: number,
): Promise<Map<Address, LeafFinding>> {
  if (sources.length === 0) return new Map()
  const asked = await askSources(sources, reader, block)
  const results = await reader.calls(
    asked.flatMap(({ source, aggregator, phase }) => [
      ask(source, 'phaseAggregators', [phase !== null && phase >= 0n && phase < 65_536n ? phase : 0n]),
      ask(aggregator ?? source, 'typeAndVersion'),
    ]),
    block,
  )
  const found = asked.map(async (one, i): Promise<[Address, LeafFinding]> => {
    const version = text(results[i * 2 + 1])
    return [one.source, await examine(one, addressWord(results[i * 2]), version, reader, block)]
  })
  return withoutSilent(new Map(await Promise.all(found)), reader, block)
}

async function askSources(sources: readonly Address[], reader: DirectReader, block: number): Promise<Asked[]> {
  const requests = sources.flatMap((source) => [
    ask(source, 'latestAnswer'),
    ask(source, 'aggregator'),
    ask(source, 'phaseId'),
    ask(source, 'decimals'),
  ])
  const results = await reader.calls(requests, block)
  return sources.map((source, i) => {
    const [latest, aggregator, phase, places] = results.slice(i * 4, i * 4 + 4)
    const decimals = signedWord(places)
    return {
      ...{ source, answer: signedWord(latest), aggregator: addressWord(aggregator), phase: signedWord(phase) },
      decimals: decimals !== null && decimals >= 0n && decimals <= 76n ? Number(decimals) : null,
    }
  })
}

async function examine(
  { source, answer, aggregator, decimals }: Asked,
  inPhase: Address | null,
  version: string,
  reader: DirectReader,
  block: number,
): Promise<LeafFinding> {
  if (answer === null) return { reason: 'the source has no latestAnswer()', answer }
  const isDual = /dual/i.test(version)
  if (isDual && (version !== DUAL_VERSION || aggregator === null))
    return { reason: `${version} changes its answer without an event`, answer }
  if (aggregator !== null && inPhase !== aggregator)
    return { reason: 'it names an aggregator but is no proxy of phases', answer }
  if (isDual && aggregator !== null) {
    const read = await readDual(aggregator, source, reader, block)
    if (read === null) return { reason: `the storage of its ${version} is not as known`, answer }
    return { leaf: { kind: 'dual', source, aggregator, reader: read.reader, decimals }, state: read.state, answer }
  }
  if (aggregator !== null) {
    // asked directly: Chainlink's aggregators answer to accounts and registered readers, not to a multicall
    const inner = signedWord(await reader.call(ask(aggregator, 'latestAnswer'), block))
    if (inner !== answer) return { reason: `its aggregator says ${inner ?? 'nothing'}, it says ${answer}`, answer }
  }
  const leaf = {
    kind: 'rounds',
    source,
    proxied: aggregator !== null,
    aggregator: aggregator ?? source,
    decimals,
  } as const
  return { leaf, state: { kind: 'rounds', answer }, answer }
}

/** Takes out what is no proxy and has not lately emitted the very answer that it gives. */
async function withoutSilent(
  findings: Map<Address, LeafFinding>,
  reader: DirectReader,
  block: number,
): Promise<Map<Address, LeafFinding>> {
  const bare = [...findings].flatMap(([source, found]) =>
    'leaf' in found && found.leaf.kind === 'rounds' && !found.leaf.proxied ? [source] : [],
  )
  if (bare.length === 0) return findings
  const last = new Map<Address, RawLog>()
  const filter = { addresses: bare, topic0: [ANSWER_UPDATED] }
  for (const log of await reader.logs(filter, Math.max(block - LOOKBACK_BLOCKS, 0), block)) last.set(log.address, log)
  for (const source of bare) {
    const answer = findings.get(source)?.answer ?? null
    const current = last.get(source)?.topics[1]
    if (current === undefined || BigInt.asIntN(256, BigInt(current)) !== answer)
      findings.set(source, { reason: NO_ROUNDS, answer })
  }
  return findings
}
