import type { ChainConfig } from '../config/market-file.js'
import type { Reader } from '../domain/chain.js'
import type { Plan } from '../domain/strategy.js'
import { PoolBook } from './pool-book.js'
import { loansOf, pairsFor } from './pool-loader.js'
import type { FollowedChange, LiquidityVenue } from './venue.js'

type Tokens = Pick<ChainConfig, 'wrappedNative' | 'hops'>

/**
 * The pools on the routes, kept ready between blocks: `follow` at every head, off the hot path; `book` at a trigger, which
 * reads nothing and waits for nothing.
 */
export class PoolKeeper {
  private current: PoolBook | null = null

  constructor(
    private readonly venues: readonly LiquidityVenue[],
    private readonly tokens: Tokens,
  ) {}

  /** The pools as of the last head that was followed; null before the first. */
  book(): PoolBook | null {
    return this.current
  }

  /**
   * The pools on the routes of `plans` at the head of `change`: what can be followed by events is, the rest is read there.
   * Every head has to come here, in order; a block that was left out shows as a gap and is read in full. Rejects as `reader`
   * does: `book` then still is the last one.
   */
  async follow(
    reader: Reader,
    plans: Iterable<Pick<Plan, 'collateral' | 'debt'>>,
    change: FollowedChange,
  ): Promise<PoolBook> {
    const head = change.added.at(-1)
    if (head === undefined) throw new RangeError('a change has a head')
    const wanted = [...plans]
    const pairs = pairsFor(wanted, this.tokens)
    const [loaded, loans] = await Promise.all([
      Promise.all(
        this.venues.map(async (venue) => {
          const found = await venue.find(reader, pairs, head.number)
          return venue.follow?.(reader, found, change) ?? venue.load(reader, found, head.number)
        }),
      ),
      loansOf(this.venues, reader, wanted, head.number),
    ])
    this.current = PoolBook.of(head.number, loaded.flat(), loans)
    return this.current
  }
}
