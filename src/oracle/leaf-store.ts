import type { CallRequest } from '../domain/chain.js'
import { leafIdsOf, nodesOf, readingId, type LeafId, type LeafState, type LeafStates, type PriceNode } from './tree.js'

/** The leaves of all trees of a market; trees may share them. */
export class LeafStore {
  readonly states: LeafStates
  private readonly map = new Map<LeafId, LeafState>()
  private readonly ids = new WeakMap<PriceNode, ReadonlySet<LeafId>>()

  constructor() {
    this.states = this.map
  }

  /** Sets a leaf; the function returned takes it back. */
  set(id: LeafId, state: LeafState): () => void {
    const before = this.map.get(id)
    this.map.set(id, state)
    return () => {
      if (before === undefined) this.map.delete(id)
      else this.map.set(id, before)
    }
  }

  dependsOn(tree: PriceNode, id: LeafId): boolean {
    const known = this.ids.get(tree) ?? leafIdsOf(tree)
    this.ids.set(tree, known)
    return known.has(id)
  }

  /** What must be read at every block for these trees. */
  readingsOf(trees: readonly PriceNode[]): ReadonlyMap<LeafId, CallRequest> {
    const readings = new Map<LeafId, CallRequest>()
    for (const tree of trees)
      for (const node of nodesOf(tree)) if (node.kind === 'reading') readings.set(readingId(node.request), node.request)
    return readings
  }
}
