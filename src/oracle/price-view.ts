import { KeeperError } from '../domain/errors.js'
import type { FeedId, PricePoint, PriceUpdate, PriceView } from '../domain/prices.js'

/** A view over prices that no longer change. */
export function viewOf(
  market: string,
  prices: ReadonlyMap<FeedId, PricePoint>,
  block: number,
  timestamp: bigint,
): PriceView {
  return {
    block,
    timestamp,
    price(feed) {
      const point = prices.get(feed)
      if (!point) throw new KeeperError('price-unknown', `${market} has no price ${feed}`, { market, feed })
      return point
    },
  }
}

/** The same view as it would be if `update` had landed: pending rounds and what-if questions. */
export const withUpdate = (view: PriceView, update: PriceUpdate): PriceView => ({
  block: view.block,
  timestamp: view.timestamp,
  price(feed) {
    const value = update.changes.get(feed)
    return value === undefined ? view.price(feed) : { value: value > 0n ? value : 0n, source: update.origin }
  },
})
