import type { Address } from '../domain/chain.js'
import type { FeedId, PriceOrigin, PriceUpdate } from '../domain/prices.js'
import { leafIdsOf, type LeafId, type LeafState, type LeafStates, type PriceNode } from './tree.js'
import { priceOf } from './twin.js'
import { withRound } from './twins/dual.js'

/** A round of an aggregator: landed, on its way, or imagined. */
export interface LeafAnswer {
  readonly aggregator: Address
  readonly answer: bigint
  /** Of a dual aggregator: true when it comes through the auction (`transmitSecondary`). */
  readonly auctioned?: boolean
}

export interface LeafTrees {
  readonly market: string
  /** Only trees that may be believed. */
  readonly trees: ReadonlyMap<FeedId, PriceNode>
  readonly leaves: LeafStates
}

/** The leaf after the round. `timestamp` is that of the block it lands in. */
export function afterRound(
  leaf: LeafState,
  { answer, auctioned = false }: Omit<LeafAnswer, 'aggregator'>,
  { id, timestamp }: { readonly id?: bigint; readonly timestamp: bigint },
): LeafState {
  if (leaf.kind === 'rounds') return { ...leaf, answer }
  if (leaf.kind === 'reading') return leaf
  const round = { id: id ?? (leaf.rounds[0]?.id ?? 0n) + 1n, answer, recordedAt: timestamp }
  return { kind: 'dual', ...withRound(leaf, round, auctioned) }
}

/**
 * What these answers do to the market's prices in a block of `timestamp`: each feed whose tree has one of the leaves and
 * whose price becomes another, with its new price (0: the protocol must be asked). Sources without a tree are not in it:
 * nobody knows what moves them. Pure; shared by landed rounds, pending transmissions and what-if questions.
 */
export function updateFromLeaves(
  { market, trees, leaves }: LeafTrees,
  answers: readonly LeafAnswer[],
  timestamp: bigint,
  origin: PriceOrigin,
): PriceUpdate {
  const after = new Map<LeafId, LeafState>(leaves)
  const moved = new Set<LeafId>()
  for (const answer of answers) {
    const leaf = after.get(answer.aggregator)
    if (!leaf) continue
    after.set(answer.aggregator, afterRound(leaf, answer, { timestamp }))
    moved.add(answer.aggregator)
  }
  const changes = new Map<FeedId, bigint>()
  for (const [feed, tree] of trees) {
    if (![...leafIdsOf(tree)].some((id) => moved.has(id))) continue
    const price = priceOf(tree, after, timestamp)
    if (price !== priceOf(tree, leaves, timestamp)) changes.set(feed, price)
  }
  return { market, origin, changes }
}
