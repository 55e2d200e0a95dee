import { KeeperError } from '../domain/errors.js'

/** Closed ids are asked for again for so many blocks: a reorg may bring them back. */
const FORGET_AFTER_BLOCKS = 64
/** More new ids than any house has ever started: an endpoint that claims them is not followed into a loop without end. */
const MOST_NEW = 100_000n

/** Ids of a house that are worth a read: those open, those closed lately, and all that are new. */
export class KnownIds {
  private readonly alive = new Map<bigint, { closedSince: number | null }>()
  private highest = 0n

  /** `started`: how many the house has started; ids count from one. Throws `KeeperError('read-failed')` for an absurd number. */
  wanted(started: bigint): bigint[] {
    if (started - this.highest > MOST_NEW)
      throw new KeeperError('read-failed', `an auction house claims to have started ${started} auctions`, { started })
    if (started < this.highest) this.forgetBehind(started)
    const known = [...this.alive.keys()]
    const fresh: bigint[] = []
    for (let id = this.highest + 1n; id <= started; id++) fresh.push(id)
    return [...known, ...fresh]
  }

  /** Fewer than were seen: a reorg, an endpoint that lied, or another house. What it starts next is new again. */
  private forgetBehind(started: bigint): void {
    for (const id of this.alive.keys()) if (id > started) this.alive.delete(id)
    this.highest = started
  }

  seen(found: readonly { readonly id: bigint; readonly open: boolean }[], block: number): void {
    for (const { id, open } of found) {
      const isNew = id > this.highest
      if (isNew) this.highest = id
      const entry = this.alive.get(id)
      if (open) this.alive.set(id, { closedSince: null })
      else if (entry === undefined) this.alive.set(id, { closedSince: block })
      else if (entry.closedSince === null) entry.closedSince = block
      else if (block > entry.closedSince + FORGET_AFTER_BLOCKS) this.alive.delete(id)
    }
  }
}
