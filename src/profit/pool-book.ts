import type { Address } from '../domain/chain.js'
import type { FreeLoan, Pool, Quote } from './venue.js'

/** The pools on the routes, all at one block. Immutable: what a swap leaves behind is a new book. */
export class PoolBook {
  private constructor(
    readonly block: number,
    private readonly read: ReadonlyMap<Address, Pool>,
    private readonly byPair: ReadonlyMap<string, readonly Address[]>,
    private readonly changed: readonly Pool[],
    private readonly lent: readonly FreeLoan[],
  ) {}

  static of(block: number, pools: Iterable<Pool>, loans: readonly FreeLoan[] = []): PoolBook {
    const read = new Map([...pools].map((pool) => [pool.address, pool]))
    const byPair = new Map<string, Address[]>()
    for (const pool of read.values()) {
      const key = pairKey(pool.token0, pool.token1)
      byPair.set(key, [...(byPair.get(key) ?? []), pool.address].sort())
    }
    return new PoolBook(block, read, byPair, [], loans)
  }

  get(address: Address): Pool | null {
    return this.changed.find((pool) => pool.address === address) ?? this.read.get(address) ?? null
  }

  /** Pools of the two tokens in the order of their addresses. */
  between(a: Address, b: Address): readonly Pool[] {
    return (this.byPair.get(pairKey(a, b)) ?? []).flatMap((address) => this.get(address) ?? [])
  }

  /** Who lends `token` for nothing. */
  loans(token: Address): readonly FreeLoan[] {
    return this.lent.filter((loan) => loan.token === token)
  }

  /** The book as a swap leaves it. */
  after({ after, alsoAfter = [] }: Pick<Quote, 'after' | 'alsoAfter'>): PoolBook {
    const touched = [after, ...alsoAfter]
    const others = this.changed.filter(({ address }) => !touched.some((pool) => pool.address === address))
    return new PoolBook(this.block, this.read, this.byPair, [...touched, ...others], this.lent)
  }
}

const pairKey = (a: Address, b: Address): string => (a < b ? `${a}-${b}` : `${b}-${a}`)
