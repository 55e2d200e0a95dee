import type { DirectReader } from '../chain/reader.js'
import type { Address, RawLog } from '../domain/chain.js'
import { ANSWER_UPDATED, addressWord, ask, signedWord, text } from './chainlink.js'
import { DUAL_VERSION, readDual } from './dual-reading.js'
import type { Probe } from './probe.js'
import type { Leaf, LeafState } from './tree.js'

/** A source that ends a tree, or why it cannot be followed by its events. */
export type LeafFinding =
  | { readonly leaf: Leaf & { readonly kind: 'rounds' | 'dual' }; readonly state: LeafState; readonly answer: bigint }
  | { readonly reason: string; readonly answer: bigint | null }

/** Blocks searched for a round of a source without a proxy: more than a heartbeat of 24 hours at 12 s. */
const LOOKBACK_BLOCKS = 10_000
const NO_ROUNDS = `of no kind known: no proxy, no adapter, and no round emitted in the last ${LOOKBACK_BLOCKS} blocks`

/**
 * Finds out how sources without an adapter's getters can be followed. One counts as plain only when it is proven: a proxy
 * whose current phase is the aggregator it names, or an aggregator seen emitting; and an answer equal to the aggregator's
 * to the unit. A dual aggregator, which changes its answer by time, is followed when its storage is known. Throws what
 * the reader throws.
 */
export async function findLeaves(
  probes: readonly Probe[],
  reader: DirectReader,
  block: number,
): Promise<Map<Address, LeafFinding>> {
  if (probes.length === 0) return new Map()
  const results = await reader.calls(
    probes.flatMap((probe) => {
      const phase = probe.unsigned('phaseId')
      const target = probe.address('aggregator') ?? probe.source
      return [
        ask(probe.source, 'phaseAggregators', [phase !== null && phase < 65_536n ? phase : 0n]),
        ask(target, 'typeAndVersion'),
        ask(target, 'latestAnswer'),
      ]
    }),
    block,
  )
  const found = probes.map(async (probe, i): Promise<[Address, LeafFinding]> => {
    const [phase, version, inner] = results.slice(i * 3, i * 3 + 3)
    const behind = { inPhase: addressWord(phase), version: text(version), inner: signedWord(inner) }
    return [probe.source, await examine(probe, behind, reader, block)]
  })
  return withoutSilent(new Map(await Promise.all(found)), reader, block)
}

/** What the aggregator behind a source says. */
interface Behind {
  readonly inPhase: Address | null
  readonly version: string
  readonly inner: bigint | null
}

async function examine(
  probe: Probe,
  { inPhase, version, inner }: Behind,
  reader: DirectReader,
  block: number,
): Promise<LeafFinding> {
  const { source } = probe
  const answer = probe.signed('latestAnswer')
  const aggregator = probe.address('aggregator')
  const places = probe.decimals('decimals')
  const decimals = places === null ? null : Number(places)
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
  if (aggregator !== null && inner !== answer) {
    // asked directly: Chainlink's aggregators answer to accounts and registered readers, not to a multicall
    const direct = signedWord(await reader.call(ask(aggregator, 'latestAnswer'), block))
    if (direct !== answer) return { reason: `its aggregator says ${direct ?? 'nothing'}, it says ${answer}`, answer }
  }
  const proxied = aggregator !== null
  const leaf = { kind: 'rounds', source, proxied, aggregator: aggregator ?? source, decimals } as const
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
