import type { Address } from '../domain/chain.js'
import type { Pool } from './venue.js'

/** The pools on the routes, all at one block. Immutable: what a swap leaves behind is a new book. */
export class PoolBook {
  private constructor(
    readonly block: number,
    private readonly byAddress: ReadonlyMap<Address, Pool>,
    private readonly byPair: ReadonlyMap<string, readonly Address[]>,
  ) {}

  static of(block: number, pools: Iterable<Pool>): PoolBook {
    const byAddress = new Map([...pools].map((pool) => [pool.address, pool]))
    const byPair = new Map<string, Address[]>()
    for (const pool of byAddress.values()) {
      const key = pairKey(pool.token0, pool.token1)
      byPair.set(key, [...(byPair.get(key) ?? []), pool.address].sort())
    }
    return new PoolBook(block, byAddress, byPair)
  }

  get(address: Address): Pool | null {
    return this.byAddress.get(address) ?? null
  }

  /** Pools of the two tokens in the order of their addresses. */
  between(a: Address, b: Address): readonly Pool[] {
    return (this.byPair.get(pairKey(a, b)) ?? []).flatMap((address) => this.byAddress.get(address) ?? [])
  }

  /** The book in which `pool` is as a swap left it. */
  with(pool: Pool): PoolBook {
    return new PoolBook(this.block, new Map(this.byAddress).set(pool.address, pool), this.byPair)
  }
}

const pairKey = (a: Address, b: Address): string => (a < b ? `${a}-${b}` : `${b}-${a}`)
