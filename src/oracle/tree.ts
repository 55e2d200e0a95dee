import type { Address, CallRequest } from '../domain/chain.js'
import type { DualReader, DualRounds } from './twins/dual.js'
import type { RatioCap } from './twins/ratio-cap.js'
import type { Discount } from './twins/principal-token.js'

/** One contract of a price source and how its answer comes about. `source` is its address. */
export type PriceNode = Leaf | Adapter

/** Where a tree ends: what is known of the chain without computing. */
export type Leaf =
  /** An aggregator that emits its rounds, behind a proxy or by itself. */
  | {
      readonly kind: 'rounds'
      readonly source: Address
      readonly proxied: boolean
      readonly aggregator: Address
      readonly decimals: number | null
    }
  /** Chainlink's SVR aggregator, as one of its two readers sees it. */
  | {
      readonly kind: 'dual'
      readonly source: Address
      readonly aggregator: Address
      readonly reader: DualReader
      readonly decimals: number | null
    }
  /** A number that no event announces, read again at every block: an exchange rate, or an inner source of unknown kind. */
  | { readonly kind: 'reading'; readonly source: Address; readonly request: CallRequest; readonly what: string }
  | { readonly kind: 'fixed'; readonly source: Address; readonly price: bigint }

export type Adapter =
  | {
      readonly kind: 'ratio-cap'
      readonly source: Address
      readonly cap: RatioCap
      readonly base: PriceNode
      readonly ratio: PriceNode
    }
  | {
      readonly kind: 'stable-cap'
      readonly source: Address
      readonly cap: bigint
      readonly zeroBelow: boolean
      readonly asset: PriceNode
    }
  | {
      readonly kind: 'eur-cap'
      readonly source: Address
      readonly capRatio: bigint
      readonly ratioDecimals: bigint
      readonly asset: PriceNode
      readonly base: PriceNode
    }
  | {
      readonly kind: 'base-to-peg'
      readonly source: Address
      readonly decimals: bigint
      readonly asset: PriceNode
      readonly base: PriceNode
    }
  | {
      readonly kind: 'peg-to-base'
      readonly source: Address
      readonly decimals: bigint
      readonly denominator: bigint
      readonly asset: PriceNode
      readonly peg: PriceNode
    }
  | {
      readonly kind: 'principal-token'
      readonly source: Address
      readonly discount: Discount
      readonly asset: PriceNode
    }

/** What is known of a leaf now. */
export type LeafState =
  | { readonly kind: 'rounds'; readonly answer: bigint }
  | ({ readonly kind: 'dual' } & DualRounds)
  /** Null when the reading failed. */
  | { readonly kind: 'reading'; readonly value: bigint | null }

/** Names a leaf's state: the aggregator, or the contract and calldata that are read. */
export type LeafId = string
export type LeafStates = ReadonlyMap<LeafId, LeafState>

export const readingId = ({ to, data }: CallRequest): LeafId => `${to}:${data}`

/** The state a leaf answers from; null for a fixed price, which has none. */
export function leafIdOf(leaf: Leaf): LeafId | null {
  if (leaf.kind === 'fixed') return null
  return leaf.kind === 'reading' ? readingId(leaf.request) : leaf.aggregator
}

/** The nodes below one, by the role they play. */
export function childrenOf(node: PriceNode): readonly (readonly [role: string, child: PriceNode])[] {
  switch (node.kind) {
    case 'ratio-cap':
      return [
        ['base', node.base],
        ['ratio', node.ratio],
      ]
    case 'stable-cap':
    case 'principal-token':
      return [['asset', node.asset]]
    case 'eur-cap':
    case 'base-to-peg':
      return [
        ['asset', node.asset],
        ['base', node.base],
      ]
    case 'peg-to-base':
      return [
        ['asset', node.asset],
        ['peg', node.peg],
      ]
    case 'rounds':
    case 'dual':
    case 'reading':
    case 'fixed':
      return []
  }
}

/** A node and all below it. */
export function* nodesOf(node: PriceNode): Iterable<PriceNode> {
  yield node
  for (const [, child] of childrenOf(node)) yield* nodesOf(child)
}

export const isLeaf = (node: PriceNode): node is Leaf =>
  node.kind === 'rounds' || node.kind === 'dual' || node.kind === 'reading' || node.kind === 'fixed'

/** The leaf states a tree depends on. */
export function leafIdsOf(tree: PriceNode): Set<LeafId> {
  const ids = new Set<LeafId>()
  for (const node of nodesOf(tree)) {
    const id = isLeaf(node) ? leafIdOf(node) : null
    if (id !== null) ids.add(id)
  }
  return ids
}
