import type { BlockRef, Head, Hex } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'

/** How the followed chain changed. Whoever handles it undoes `removed` in order, then takes `added` in order. */
export interface HeadChange {
  /** Newest followed block that is still canonical; null when none is: everything followed so far is in doubt. */
  readonly ancestor: BlockRef | null
  /** Newest first. */
  readonly removed: readonly BlockRef[]
  /** Oldest first; each one's parent is the one before it. */
  readonly added: readonly Head[]
  /** True when blocks between `ancestor` and `added[0]` were left out: the gap was too wide to fill one by one. */
  readonly jumped: boolean
}

export interface BlockSource {
  byHash(hash: Hex): Promise<Head | null>
  byNumber(number: number): Promise<Head | null>
}

/**
 * The chain as far as it was handled, by hashes alone: anvil and some providers announce no removed logs, so a reorg is
 * recognised by the parents of what comes next.
 */
export class Canon {
  /** Ascending; each one's parent is the one before it, except across a jump. */
  private refs: BlockRef[]

  constructor(
    start: BlockRef,
    private readonly widestGap = 32,
  ) {
    this.refs = [start]
  }

  get tip(): BlockRef {
    const tip = this.refs.at(-1)
    if (!tip) throw new KeeperError('canon-empty', 'the followed chain has no block')
    return tip
  }

  has(hash: Hex): boolean {
    return this.refs.some((ref) => ref.hash === hash)
  }

  /** Whether another block than this one is followed at its height. */
  isOrphan({ number, hash }: BlockRef): boolean {
    return this.refs.some((ref) => ref.number === number && ref.hash !== hash)
  }

  /** What must happen for `head` to be the tip; null when it is, or is an older block of the same chain. */
  async changeTo(head: Head, source: BlockSource): Promise<HeadChange | null> {
    if (head.hash === this.tip.hash || this.has(head.hash)) return null
    const added = [head]
    let oldest = head
    let connected = this.indexOf(oldest.parentHash)
    while (connected < 0 && added.length < this.widestGap && oldest.number > 0) {
      const parent = await source.byHash(oldest.parentHash)
      if (!parent)
        throw new KeeperError('rpc-gap', `block ${oldest.number - 1}, the parent of a head, is not to be had yet`)
      const fits = parent.number === oldest.number - 1 && parent.timestamp <= oldest.timestamp
      if (parent.hash !== oldest.parentHash || !fits)
        throw new KeeperError('rpc-gap', `the parent of block ${oldest.number} is not the block that was asked for`)
      added.unshift(parent)
      oldest = parent
      connected = this.indexOf(oldest.parentHash)
    }
    if (connected >= 0) return this.change(connected, added, false)
    return this.change(await this.canonicalIndex(source, oldest.number), added, true)
  }

  /** The change back to `ref`, a block of this chain below the tip: the node has dropped what was above it. */
  shrinkTo(hash: Hex): HeadChange | null {
    const index = this.indexOf(hash)
    return index < 0 || hash === this.tip.hash ? null : this.change(index, [], false)
  }

  /** No change, to be handled all the same: an earlier one failed half-way, and the chain went back to this one. */
  standStill(): HeadChange {
    return { ancestor: this.tip, removed: [], added: [], jumped: false }
  }

  /** Called when the change was handled. */
  accept(change: HeadChange): void {
    const index = change.ancestor ? this.indexOf(change.ancestor.hash) : -1
    this.refs = [...this.refs.slice(0, index + 1), ...change.added.map(toRef)]
  }

  /** Forgets blocks that can no longer be removed; the newest of them stays as the root. */
  prune(finalNumber: number): void {
    const root = this.refs.findLastIndex((ref) => ref.number <= finalNumber)
    if (root > 0) this.refs.splice(0, root)
  }

  private change(ancestor: number, added: readonly Head[], jumped: boolean): HeadChange {
    return {
      ancestor: this.refs[ancestor] ?? null,
      removed: this.refs.slice(ancestor + 1).reverse(),
      added,
      jumped,
    }
  }

  private indexOf(hash: Hex): number {
    return this.refs.findLastIndex((ref) => ref.hash === hash)
  }

  /** Newest of our blocks below `number` that the node still has at its height; −1 when none is. */
  private async canonicalIndex(source: BlockSource, number: number): Promise<number> {
    for (let i = this.refs.length - 1; i >= 0; i--) {
      const ref = this.refs[i]
      if (ref && ref.number < number && (await source.byNumber(ref.number))?.hash === ref.hash) return i
    }
    return -1
  }
}

export const toRef = ({ number, hash, parentHash, timestamp }: BlockRef): BlockRef => ({
  number,
  hash,
  parentHash,
  timestamp,
})
