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
  /** How often its tree was wrong, without a long time of agreement in between. */
  strikes: number
  /** Blocks at which the tree agreed with the protocol since it was wrong last. */
  agreed: number
  /** The block at which `resolve` looked at the source last. */
  examinedAt: number
}

/** What is known of a source that was never examined. */
export const UNTRIED = { strikes: 0, agreed: 0, examinedAt: 0 }
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

/** Blocks of agreement after which it is forgotten that a tree was wrong; blocks after which an opaque source is examined anew. */
export const LONG_BLOCKS = 1_000

/** Notes whether the tree agreed with the protocol's answer; true when it did not. A price of 0 claims nothing. */
export function isWrong(entry: Entry, twin: bigint, answer: bigint): boolean {
  if (twin === 0n) return false
  if (twin !== answer) {
    entry.strikes++
    entry.agreed = 0
    return true
  }
  if (++entry.agreed >= LONG_BLOCKS) entry.strikes = 0
  return false
}

/** Whether an opaque source is due for another look: what kept it from being followed may have passed. */
export const isDue = ({ kind, strikes, examinedAt }: Entry, block: number): boolean =>
  kind.by === 'asking' && strikes < MOST_STRIKES && block - examinedAt >= LONG_BLOCKS

/** A tree that was wrong so often is not believed again while the market reads this source. */
export const MOST_STRIKES = 3
