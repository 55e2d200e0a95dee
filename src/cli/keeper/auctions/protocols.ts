import type { RefillProtocol } from '../../../auctions/protocol.js'
import type { Address } from '../../../domain/chain.js'
import type { Market } from '../../../domain/market.js'

interface OfProtocol {
  readonly refill: Pick<RefillProtocol, 'strategy' | 'payToken'>
  readonly known: { readonly market: Market }
}

/** Markets with the same name are of one protocol: they share its debt auctions, the coins that are bid, and the budget of a day. */
export const protocolOf = ({ refill, known }: OfProtocol): string =>
  `${refill.strategy} ${refill.payToken(known.market).address}`

/** Of each market, by its id, all markets of its protocol. */
export function kinOf(markets: readonly OfProtocol[]): ReadonlyMap<string, readonly string[]> {
  const idOf = ({ known }: OfProtocol): string => known.market.id
  return new Map(
    markets.map((one) => [idOf(one), markets.filter((other) => protocolOf(other) === protocolOf(one)).map(idOf)]),
  )
}

/**
 * A protocol of several markets has one debt auction house, which each market sees. The first to look at a house in which it can bid
 * is the one that does: two would outbid each other with the same coins.
 */
export class SharedHouses {
  private readonly first = new Map<Address, string>()

  /** `able`: nothing that the market's file, the agent or the protocol lacks keeps it from bidding there now. */
  isOf(market: string, house: Address, able: boolean): boolean {
    const owner = this.first.get(house)
    if (owner !== undefined) return owner === market
    if (able) this.first.set(house, market)
    return true
  }
}
