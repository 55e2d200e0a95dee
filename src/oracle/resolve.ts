import type { DirectReader } from '../chain/reader.js'
import type { Address, BlockRef, CallRequest, CallResult, Reader } from '../domain/chain.js'
import type { Feed, FeedId } from '../domain/prices.js'
import { ask, signedWord } from './chainlink.js'
import { findLeaves, type LeafFinding } from './leaf-sources.js'
import { probeAll, type Probe } from './probe.js'
import { recognise, type Child, type Shape } from './recognise.js'
import { nodesOf, readingId, type LeafId, type LeafState, type LeafStates, type PriceNode } from './tree.js'
import { answerOf } from './twin.js'
import { TwinReverts } from './twins/checked.js'

/** How a price is kept right: by a tree down to what emits events, or by asking the protocol again every block. */
export type FeedKind =
  { readonly by: 'tree'; readonly tree: PriceNode } | { readonly by: 'asking'; readonly why: string }

export interface Resolution {
  readonly kind: FeedKind
  /** What the protocol answers; 0 when it reverts or the price is not positive. */
  readonly value: bigint
}

export interface Resolved {
  readonly feeds: ReadonlyMap<FeedId, Resolution>
  /** The state of every leaf of the trees found. */
  readonly leaves: LeafStates
}

/** The block at which sources are read; its timestamp is the one their answers were made for. */
export type At = Pick<BlockRef, 'number' | 'timestamp'>

/** Adapters over adapters; the deepest known is a discount over a cap over a feed. */
const DEEPEST = 5
const ZERO = 0n

/**
 * Finds the tree behind each feed. It counts only when its twin gives, at this block, the contract's own answer and the
 * protocol's, to the unit; everything else is asked for, which is always right. Throws what the reader throws.
 */
export async function resolveFeeds(feeds: readonly Feed[], reader: DirectReader, at: At): Promise<Resolved> {
  const roots = [...new Set(feeds.map(({ source }) => source).filter((source) => BigInt(source) !== ZERO))]
  const { shapes, ends } = await examineAll(roots, reader, at.number)
  const found = await findLeaves(ends, reader, at.number)
  const trees = new Map(roots.map((source) => [source, treeOf(source, shapes, found)]))
  const { leaves, answers } = await readAll([...trees.values()], found, feeds, reader, at.number)
  const resolutions = feeds.map((feed, i): [FeedId, Resolution] => {
    const value = protocolAnswer(answers[i * 2])
    const tree = trees.get(feed.source)
    const reason = found.get(feed.source)
    const why =
      refusalOf(feed, value, signedWord(answers[i * 2 + 1])) ??
      (reason && 'reason' in reason ? reason.reason : null) ??
      (tree ? disproof(tree, leaves, value, at) : 'not examined')
    return [feed.id, { kind: tree && why === null ? { by: 'tree', tree } : { by: 'asking', why: why ?? '' }, value }]
  })
  return { feeds: new Map(resolutions), leaves }
}

/** One word; 0 when the protocol reverts. */
export const protocolAnswer = (result: CallResult | undefined): bigint =>
  result?.ok && result.data.length === 66 ? BigInt(result.data) : 0n

interface Examined {
  /** Of every contract reachable from the roots; null for what has no adapter's getters. */
  readonly shapes: ReadonlyMap<Address, Shape | null>
  /** Those without an adapter's getters. */
  readonly ends: readonly Probe[]
}

async function examineAll(roots: readonly Address[], reader: Reader, block: number): Promise<Examined> {
  const shapes = new Map<Address, Shape | null>()
  const ends: Probe[] = []
  let level = roots
  for (let depth = 0; depth <= DEEPEST && level.length > 0; depth++) {
    const probes = await probeAll(level, reader, block)
    for (const probe of probes) {
      // deeper than anybody builds, an adapter is read as a number
      const shape = depth < DEEPEST ? recognise(probe) : null
      shapes.set(probe.source, shape)
      if (shape === null) ends.push(probe)
    }
    const below = level.flatMap((source) => shapes.get(source)?.children ?? [])
    level = [...new Set(below)].filter((source) => !shapes.has(source))
  }
  return { shapes, ends }
}

function treeOf(
  source: Address,
  shapes: ReadonlyMap<Address, Shape | null>,
  found: ReadonlyMap<Address, LeafFinding>,
  depth = 0,
): PriceNode {
  const shape = shapes.get(source)
  // a contract may name itself or its parent: below the deepest level it is read as a number
  if (shape && depth < DEEPEST) {
    const child = (address: Address): Child => {
      return { node: treeOf(address, shapes, found, depth + 1), answer: found.get(address)?.answer ?? null }
    }
    return shape.build(child)
  }
  const finding = found.get(source)
  if (finding && 'leaf' in finding) return finding.leaf
  return { kind: 'reading', source, request: ask(source, 'latestAnswer'), what: 'latestAnswer()' }
}

/** Leaf states, and per feed the protocol's answer and the source's: one batch. */
async function readAll(
  trees: readonly PriceNode[],
  found: ReadonlyMap<Address, LeafFinding>,
  feeds: readonly Feed[],
  reader: Reader,
  block: number,
): Promise<{ leaves: LeafStates; answers: readonly CallResult[] }> {
  const leaves = new Map<LeafId, LeafState>()
  const readings = new Map<LeafId, CallRequest>()
  for (const tree of trees)
    for (const node of nodesOf(tree)) {
      const finding = found.get(node.source)
      if (node.kind === 'reading') readings.set(readingId(node.request), node.request)
      else if ((node.kind === 'rounds' || node.kind === 'dual') && finding && 'leaf' in finding)
        leaves.set(node.aggregator, finding.state)
    }
  const questions = feeds.flatMap(({ read, source }) => [read, ask(source, 'latestAnswer')])
  const results = await reader.calls([...questions, ...readings.values()], block)
  for (const [i, id] of [...readings.keys()].entries())
    leaves.set(id, { kind: 'reading', value: signedWord(results[questions.length + i]) })
  return { leaves, answers: results }
}

function refusalOf({ source }: Feed, value: bigint, answer: bigint | null): string | null {
  if (BigInt(source) === ZERO) return 'the protocol answers itself'
  if (answer === null) return 'the source has no latestAnswer()'
  return answer === value ? null : `the protocol makes ${value} of the source's ${answer}`
}

/** Why a tree is not believed: its twin does not give the answer of the contract. */
function disproof(tree: PriceNode, leaves: LeafStates, answer: bigint, at: At): string | null {
  try {
    const twin = answerOf(tree, leaves, at.timestamp)
    return twin === answer ? null : `taken for a ${tree.kind} it should say ${twin}, it says ${answer}`
  } catch (error) {
    if (error instanceof TwinReverts) return `taken for a ${tree.kind} it should revert: ${error.message}`
    throw error
  }
}
