import { Bloom } from '../../chain/bloom.js'
import type { HeadChange } from '../../chain/canon.js'
import type { Address, BlockRef, Head, Hex, RawLog, Reader } from '../../domain/chain.js'
import { POOL_TOPICS } from './pool-events.js'
import { PoolReplica } from './pool-replica.js'
import type { PoolState } from './pool-state.js'
import { readPools, type PoolKey, type PoolMemory } from './read-pools.js'

/** Pools that are read once and then followed by their events: no read for a block in which none of them changed. */
export class PoolFollower {
  private readonly replicas = new Map<Address, PoolReplica>()
  private at: BlockRef | null = null

  constructor(private readonly memory: Map<Address, PoolMemory>) {}

  /**
   * These pools as `change` leaves them. A pool that is new, whose price left the ticks that are known, or whose logs do not
   * fit, is read at the head; a pool that does not answer is left out. Rejects as `reader` does: nothing has changed then.
   */
  async follow(reader: Reader, keys: readonly PoolKey[], change: Step): Promise<ReadonlyMap<Address, PoolState>> {
    const head = change.added.at(-1) ?? this.at
    if (head === null) return new Map()
    const logs = await this.logsOf(reader, change)
    if (logs === null) this.replicas.clear()
    else if (head.hash !== this.at?.hash) this.take(change, logs)
    this.at = head
    const unknown = keys.filter(({ address }) => !(this.replicas.get(address)?.covers ?? false))
    if (unknown.length > 0) {
      for (const reading of await readPools(reader, unknown, head.number, this.memory)) {
        this.replicas.set(reading.address, new PoolReplica(reading, head))
      }
    }
    return new Map(
      keys.flatMap(({ address }) => {
        const replica = this.replicas.get(address)
        return replica?.covers === true ? [[address, replica.state] as const] : []
      }),
    )
  }

  /** Null when the way from what is known to the head is not: everything has to be read. */
  private async logsOf(reader: Reader, { ancestor, added, jumped }: Step): Promise<readonly RawLog[] | null> {
    const { at } = this
    const [first, last] = [added[0], added.at(-1)]
    if (at === null || last === undefined || last.hash === at.hash) return []
    const from = ancestor !== null && ancestor.number <= at.number ? ancestor : null
    if (jumped || from === null || first?.parentHash !== from.hash) return null
    const addresses = [...this.replicas.keys()]
    if (addresses.length === 0 || !mayHold(added, addresses)) return []
    const logs = await reader.logs({ addresses, topic0: POOL_TOPICS }, first.number, last.number)
    const hashes = new Set(added.map(({ hash }) => hash))
    // of another chain than the one that is followed: the node reorganised meanwhile
    return logs.every(({ blockHash }) => hashes.has(blockHash)) ? logs : null
  }

  private take({ ancestor, added }: Step, logs: readonly RawLog[]): void {
    const ordered = [...logs].sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex)
    for (const [address, replica] of this.replicas) {
      let fits = ancestor === null || replica.backTo(ancestor.number)
      for (const block of added) {
        const own = ordered.filter((log) => log.address === address && log.blockHash === block.hash)
        if (own.length > 0) fits &&= replica.take(block, own)
      }
      if (!fits || !replica.covers) this.replicas.delete(address)
    }
  }
}

/** How the followed chain changed: `HeadChange`, of which only this is needed. */
export type Step = Pick<HeadChange, 'ancestor' | 'jumped'> & { readonly added: readonly (BlockRef & Bloomed)[] }
type Bloomed = Pick<Head, 'logsBloom' | 'gasUsed'>

/** False when the headers say that none of these wrote a log. */
function mayHold(added: readonly Bloomed[], addresses: readonly Hex[]): boolean {
  return added.some(({ logsBloom, gasUsed }) => {
    // no transaction; a bloom of zeros alone may be that of a chain which keeps none
    if (gasUsed === 0n) return false
    if (logsBloom === undefined) return true
    const bloom = new Bloom(logsBloom)
    return bloom.isEmpty || addresses.some((address) => bloom.has(address))
  })
}
