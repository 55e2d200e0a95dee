import type { ChainConfig } from '../config/market-file.js'
import type { Address, Head, Hex } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { Logger, Metrics } from '../domain/ports.js'
import { FollowedBooks, type PoolChain, type Wanted } from './followed-books.js'
import { Lately } from './lately.js'
import type { PoolBook } from './pool-book.js'
import { debtsOf, pairsFor, PoolLoader, type Ends } from './pool-loader.js'
import type { LiquidityVenue, Pair } from './venue.js'

type Tokens = Pick<ChainConfig, 'wrappedNative' | 'hops'>

/** Blocks for which pools are kept ready that nobody asks for any more. */
const KEPT_BLOCKS = 16
/** Headers that are remembered, for heads that were left out. */
const SEEN_BLOCKS = 64

/**
 * The pools on the routes, ready at every head: `follow` when one has come, off the hot path; `book` at a trigger, which reads
 * nothing and waits for nothing. A book is of one block and of no other: pools that are followed by their events are brought
 * to it, all others are read there. After anything that goes wrong, everything is read anew.
 */
export class PoolKeeper {
  private books: FollowedBooks
  private readonly pairs = new Lately<Pair>()
  private readonly debts = new Lately<Address>()
  private readonly seen = new Map<Hex, Head>()
  private readonly chain: PoolChain

  constructor(
    private readonly venues: readonly LiquidityVenue[],
    private readonly tokens: Tokens,
    chain: PoolChain,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {
    const byHash = async (hash: Hex): Promise<Head | null> => this.seen.get(hash) ?? chain.blocks.byHash(hash)
    this.chain = {
      readerAt: (block) => chain.readerAt(block),
      logs: (filter, block) => chain.logs(filter, block),
      blocks: { byHash, byNumber: (number) => chain.blocks.byNumber(number) },
    }
    this.books = new FollowedBooks(venues, this.chain)
  }

  /** A head that was heard of: pools are followed across it without asking for it again. */
  saw(head: Head): void {
    this.seen.set(head.hash, head)
    for (const [hash, { number }] of this.seen) if (number < head.number - SEEN_BLOCKS) this.seen.delete(hash)
  }

  /** The pools as of exactly this head; null where they are not there yet. */
  book(head: Pick<Head, 'hash'>): PoolBook | null {
    return this.books.book(head)
  }

  /** Nothing was asked for lately. */
  get idle(): boolean {
    return this.pairs.size === 0
  }

  /** Brings what was asked for lately to `head`. Rejects as the chain does. */
  async follow(head: Head): Promise<void> {
    await this.at(head, [])
  }

  /**
   * The pools on the routes of `plans` at `head`: reads what is not known at it. Rejects as the chain does; nothing is known
   * then, and the next call reads everything.
   */
  async at(head: Head, plans: Iterable<Ends>): Promise<PoolBook> {
    this.saw(head)
    const ends = [...plans]
    for (const pair of pairsFor(ends, this.tokens)) this.pairs.add(pair.join('-'), pair, head.number)
    for (const debt of debtsOf(ends)) this.debts.add(debt, debt, head.number)
    const since = head.number - KEPT_BLOCKS
    const wanted: Wanted = { pairs: this.pairs.since(since), debts: [...this.debts.since(since).values()] }
    const { books } = this
    const known = books.book(head, wanted)
    if (known !== null) return known
    const book = await books.at(head, wanted)
    this.metrics.gauge('pools_followed', books.size)
    if (book !== null) return book
    // older than what is followed: read there, and kept by nobody
    return new PoolLoader(this.venues, this.tokens).load(this.chain.readerAt(head), ends, head.number)
  }

  /** Everything is read anew; whoever waits for a read that hangs goes on waiting, and holds up nobody else. */
  forget(): void {
    this.books = new FollowedBooks(this.venues, this.chain)
  }

  /** Compares a few of the followed pools, by turns, with the chain. One that differs makes everything be read anew. */
  async check(head: Head): Promise<void> {
    const { books, metrics, logger } = this
    try {
      const found = await books.check(head)
      if (found.length === 0) return
      for (const { pool, what } of found) {
        metrics.count('pool_differences')
        logger.warn('pools', { pool, block: head.number, problem: `was followed wrongly: ${what}; read anew` })
      }
      if (books === this.books) this.forget()
      await this.follow(head)
    } catch (error) {
      logger.debug('pools', { block: head.number, notChecked: messageOf(error) })
    }
  }
}
