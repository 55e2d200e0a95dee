import type { Address } from '../domain/chain.js'
import type { PoolBook } from './pool-book.js'
import type { Split } from './split.js'
import type { Pool, Quote } from './venue.js'

export interface Traded {
  readonly quote: Quote
  readonly at: Pool
}

/** The swaps of one walk, each against the pools as those before it left them. */
export class WalkTrades {
  private readonly locked = new Set<Address>()
  /** The book they leave is made when a later step or the caller needs it. */
  private readonly done: Traded[] = []

  constructor(private readonly start: PoolBook) {}

  /** As all swaps so far leave it. */
  get book(): PoolBook {
    return this.done.reduce((book, { quote }) => book.after(quote), this.start)
  }

  /** While `contract` waits for its payment, nothing can be traded there. */
  lock(contract: Address): void {
    this.locked.add(contract)
  }

  unlock(contract: Address): void {
    this.locked.delete(contract)
  }

  /** Null where the pool is locked, has no such depth, or gives nothing. */
  trade(address: Address, ask: (pool: Pool) => Quote | null): Traded | null {
    const at = this.usable(address)
    const quote = at && ask(at)
    if (at === null || quote === null || quote.amountOut <= 0n) return null
    const traded = { quote, at }
    this.done.push(traded)
    return traded
  }

  /** Two pools that can share a swap now; null where one is locked. */
  split(first: Address, second: Address): Split | null {
    const [pool, beside] = [this.usable(first), this.usable(second)]
    return pool !== null && beside !== null && pool.contract !== beside.contract ? { pool, beside } : null
  }

  /** The pool as earlier swaps left it; those that trade at the same contract may have changed it. */
  private usable(address: Address): Pool | null {
    const read = this.start.get(address)
    if (read === null || this.locked.has(read.contract)) return null
    return this.done.some(({ at }) => at.contract === read.contract) ? this.book.get(address) : read
  }
}
