import type { Head } from '../../domain/chain.js'
import type { MarketWatch } from './market-watch.js'
import type { Near } from './nearness.js'
import type { PreparedBook } from './prepared-book.js'
import type { Slices } from './slices.js'
import { placeOf } from './suspects.js'

/** A position near its threshold, with the market it stands in. */
export interface Prospect {
  readonly near: Near
  readonly watch: MarketWatch
}

export interface ProspectsRequest {
  readonly head: Head
  readonly watches: readonly MarketWatch[]
  /** Timestamp of the block after the head. */
  readonly timestamp: bigint
  /** Positions below this health factor. */
  readonly limit: number
  /** What was prepared before tells what a position may gain. */
  readonly book: PreparedBook
  readonly leave: (place: string) => boolean
}

/** Positions that are prepared at once. */
const MOST = 256
/** A round moves a price by about so much: whoever is nearer than that is as likely as anybody to be next. */
const USUAL_MOVE = 0.002
/** Ether that is expected of a position which was never prepared: in the middle, so that it gets its turn. */
const UNKNOWN_GAIN = 0.1

/** Who is near, the most to gain over the least way to go first. */
export async function prospectsOf(request: ProspectsRequest, slices: Slices): Promise<Prospect[]> {
  const { head, watches, timestamp, limit, book, leave } = request
  const found: (Prospect & { readonly urgency: number })[] = []
  for (const watch of watches) {
    const positions = await slices.run(() => watch.watchlist(limit))
    const nearest = await slices.run(() => watch.nearestAt(head, timestamp))
    for (const position of positions) {
      if (slices.isSpent) break
      const place = placeOf({ market: watch.id, position })
      if (leave(place)) continue
      const near = await slices.run(() => nearest(position))
      if (near === null) continue
      const known = book.get(place)
      const gain = known === undefined ? UNKNOWN_GAIN : Number(known.netWei) / 1e18
      found.push({ near, watch, urgency: gain / (near.distance + USUAL_MOVE) })
    }
  }
  return found.sort((a, b) => b.urgency - a.urgency).slice(0, MOST)
}
