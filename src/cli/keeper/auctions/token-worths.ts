import type { Address, Head } from '../../../domain/chain.js'
import { valuationOf, type Valuation } from '../../../profit/valuation.js'
import type { MarketWatch } from '../market-watch.js'
import { auctionValuation } from './auction-worth.js'
import type { AuctionMarket, Scene } from './market-scene.js'

/** What the tokens of auction markets are worth, as the newest look at each market told. */
export class TokenWorths {
  private readonly valuations = new Map<string, Valuation>()

  constructor(private readonly wrappedNative: Address) {}

  /** One valuation for each market that was looked at. */
  all(): readonly Valuation[] {
    return [...this.valuations.values()]
  }

  /** The lending market's own valuation at a block, by which native token and dollars are converted. */
  base({ source: { strategy, replica } }: MarketWatch, head: Head): Valuation {
    const view = replica.book.view(head.number, head.timestamp)
    return valuationOf(strategy.reserves(replica.state), view, this.wrappedNative)
  }

  remember({ refill, known }: AuctionMarket, scene: Scene, base: Valuation): void {
    const pay = refill.payToken(known.market).address
    const sold = scene.stock.map(({ token }) => token).filter((token) => token !== this.wrappedNative)
    const internal = refill.internalTokens(known.market)
    this.valuations.set(known.market.id, auctionValuation(scene.exits, pay, sold, internal, base))
  }
}
