import type { Head } from '../../../domain/chain.js'
import { Deciding, type DecidingOptions } from '../deciding.js'
import type { Hunt } from '../hunt.js'
import type { MarketWatch } from '../market-watch.js'
import type { Quoting } from '../quoting.js'
import { placeOf } from '../suspects.js'
import type { AuctionRoomOptions } from './auction-room.js'

export interface BuyingOptions extends DecidingOptions {
  readonly quoting: Quoting
  readonly hunt: Pick<Hunt, 'objection'>
  readonly watches: readonly MarketWatch[]
}

/** Purchases from auctions go the way of liquidations; their failures are a book of their own. */
export function buying(options: BuyingOptions): NonNullable<AuctionRoomOptions['buy']> {
  const { quoting, hunt, watches } = options
  const deciding = new Deciding(options)
  const opinionsAt = ({ number, timestamp }: Head) =>
    watches.map(({ source }) => ({ view: source.replica.book.view(number, timestamp) }))
  return async (found, head) => {
    const quoted = await quoting.quote(found, { head, watches, opinions: opinionsAt(head) })
    deciding.suspects.keep(new Set(found.map(placeOf)))
    return deciding.decide(quoted, head, { behind: null, objection: hunt.objection(head) })
  }
}
