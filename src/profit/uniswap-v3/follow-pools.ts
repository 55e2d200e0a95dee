import { Bloom } from '../../chain/bloom.js'
import type { Address, BlockRef, Head, Hex, RawLog, Reader } from '../../domain/chain.js'
import type { FollowSource, FollowedChange, PoolDifference } from '../venue.js'
import { differenceOf } from './compare-readings.js'
import { PoolReplica, UNDOABLE_BLOCKS } from './pool-replica.js'
import type { PoolState } from './pool-state.js'
import { readPools, type PoolKey, type PoolMemory } from './read-pools.js'

interface Followed {
  readonly key: PoolKey
  readonly replica: PoolReplica
}

/** Pools that are read once and then followed by their events: no read for a block in which none of them changed. */
export class PoolFollower {
  private readonly followed = new Map<Address, Followed>()
  /** Hashes of the blocks that were followed, the newest last. */
  private chain: readonly Hex[] = []
  /** Where the comparison with the chain goes on. */
  private turn = 0

  constructor(private readonly memory: Map<Address, PoolMemory>) {}

  get size(): number {
    return this.followed.size
  }

  /**
   * These pools as `change` leaves them; at a new head, no others are followed any more. A pool that is new, whose price left
   * the ticks that are known, or whose logs do not fit, is read at the head; a pool that does not answer is left out. Rejects
   * as `source` does, and must not be asked again then.
   */
  async follow(
    source: FollowSource,
    keys: readonly PoolKey[],
    change: FollowedChange,
  ): Promise<ReadonlyMap<Address, PoolState>> {
    const head = change.added.at(-1)
    if (head === undefined) throw new RangeError('a change has a head')
    if (head.hash !== this.chain.at(-1)) {
      const wanted = new Set(keys.map(({ address }) => address))
      for (const address of this.followed.keys()) if (!wanted.has(address)) this.followed.delete(address)
      await this.advance(source, change)
    }
    await this.readUnknown(source.reader, keys, head)
    return new Map(
      keys.flatMap(({ address }) => {
        const replica = this.followed.get(address)?.replica
        return replica === undefined ? [] : [[address, replica.state] as const]
      }),
    )
  }

  /** Compares the next pools, by turns, with the chain at `head`; says nothing at another head than the one it is at. */
  async check(reader: Reader, head: BlockRef, count: number): Promise<readonly PoolDifference[]> {
    if (this.chain.at(-1) !== head.hash || this.followed.size === 0) return []
    const all = [...this.followed.values()]
    const due = all.length <= count ? all : Array.from({ length: count }, (_, i) => all[(this.turn + i) % all.length])
    this.turn = (this.turn + count) % all.length
    const asked = due.flatMap((one) => (one === undefined ? [] : [{ key: one.key, held: one.replica.held }]))
    const keys = asked.map(({ key }) => key)
    const read = await readPools(reader, keys, head.number, this.memory)
    return asked.flatMap(({ key, held }) => {
      const theirs = read.find(({ address }) => address === key.address)
      const what = theirs === undefined ? null : differenceOf(held, theirs)
      return what === null ? [] : [{ pool: key.address, what }]
    })
  }

  private async advance(source: FollowSource, change: FollowedChange): Promise<void> {
    const { ancestor, added } = change
    const logs = await this.logsOf(source, change)
    if (logs === null) this.followed.clear()
    else this.take(change, logs)
    const before = ancestor === null ? [] : this.chain.slice(0, this.chain.indexOf(ancestor.hash) + 1)
    this.chain = [...before, ...added.map(({ hash }) => hash)].slice(-UNDOABLE_BLOCKS)
  }

  /** Null when the way from what is known to the head is not: everything has to be read. */
  private async logsOf(source: FollowSource, change: FollowedChange): Promise<readonly RawLog[] | null> {
    const { ancestor, added, jumped } = change
    if (jumped || ancestor === null || !this.chain.includes(ancestor.hash)) return null
    if (added[0]?.parentHash !== ancestor.hash) return null
    const addresses = [...this.followed.keys()]
    const telling = addresses.length === 0 ? [] : added.filter((block) => mayHold(block, addresses))
    // all events: one that changes no quote, alone in a block, must not look like one that is missing
    const logs = await Promise.all(telling.map((block) => source.logs({ addresses, topic0: [] }, block)))
    return logs.every((own, i) => own.every(({ blockHash }) => blockHash === telling[i]?.hash)) ? logs.flat() : null
  }

  private take({ ancestor, added }: FollowedChange, logs: readonly RawLog[]): void {
    const ordered = [...logs].sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex)
    for (const [address, { replica }] of this.followed) {
      let fits = ancestor === null || replica.backTo(ancestor.number)
      for (const block of added) {
        const own = ordered.filter((log) => log.address === address && log.blockHash === block.hash)
        if (own.length > 0) fits &&= replica.take(block, own)
      }
      if (!fits || !replica.covers) this.followed.delete(address)
    }
  }

  private async readUnknown(reader: Reader, keys: readonly PoolKey[], head: BlockRef): Promise<void> {
    const unknown = keys.filter(({ address }) => !this.followed.has(address))
    if (unknown.length === 0) return
    const byAddress = new Map(unknown.map((key) => [key.address, key]))
    for (const reading of await readPools(reader, unknown, head.number, this.memory)) {
      const key = byAddress.get(reading.address)
      if (key !== undefined) this.followed.set(key.address, { key, replica: new PoolReplica(reading, head) })
    }
  }
}

/** False when the header says that none of these wrote a log. */
function mayHold({ logsBloom, gasUsed }: Pick<Head, 'logsBloom' | 'gasUsed'>, addresses: readonly Hex[]): boolean {
  // no transaction; a bloom of zeros alone may be that of a chain which keeps none
  if (gasUsed === 0n) return false
  if (logsBloom === undefined) return true
  const bloom = new Bloom(logsBloom)
  return bloom.isEmpty || addresses.some((address) => bloom.has(address))
}
