/** Emptied entries are asked for again for so many blocks: a reorg may bring them back. */
export const FORGET_AFTER_BLOCKS = 64

/** Keys of a protocol's debt queue that still hold something, or did until lately. */
export class QueueKeys {
  private readonly emptySince = new Map<bigint, number | null>()

  add(key: bigint): void {
    if (!this.emptySince.has(key)) this.emptySince.set(key, null)
  }

  /** Those to ask for, oldest first. */
  get sorted(): bigint[] {
    return [...this.emptySince.keys()].sort((a, b) => (a < b ? -1 : 1))
  }

  /** What the contract held under a key at `block`: forgotten once it has been empty beyond any reorg. */
  saw(key: bigint, isEmpty: boolean, block: number): void {
    const since = this.emptySince.get(key)
    if (since === undefined) return
    if (!isEmpty) this.emptySince.set(key, null)
    else if (since === null) this.emptySince.set(key, block)
    else if (block > since + 2 * FORGET_AFTER_BLOCKS) this.emptySince.delete(key)
  }
}
