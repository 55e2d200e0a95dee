import type { Feed } from '../domain/prices.js'
import type { Delta } from '../domain/strategy.js'
import type { FeedKind } from './resolve.js'
import type { PriceNode } from './tree.js'

/** One price of a market and how it is known. */
export interface Entry {
  readonly feed: Feed
  kind: FeedKind
  /** What the protocol answered last; counts while there is no tree, or the tree gives no price. */
  asked: bigint
  /** True until `resolve` has looked at the source (again). */
  doubt: boolean
  /** How often its tree was wrong. */
  strikes: number
}

export const UNRESOLVED: FeedKind = { by: 'asking', why: 'not examined yet' }

export const treeOf = ({ kind }: Entry): PriceNode | null => (kind.by === 'tree' ? kind.tree : null)

/** Changes an entry; the function returned takes it back. */
export function change(entry: Entry, after: Partial<Pick<Entry, 'kind' | 'asked' | 'doubt'>>): () => void {
  const { kind, asked, doubt } = entry
  Object.assign(entry, after)
  return () => {
    Object.assign(entry, { kind, asked, doubt })
  }
}

/** Undone in reverse. */
export const deltaOf = (steps: readonly (() => void)[]): Delta => ({
  touched: [],
  parameters: false,
  undo() {
    for (const step of [...steps].reverse()) step()
  },
})
