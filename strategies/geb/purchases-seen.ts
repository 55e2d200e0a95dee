import type { RawLog } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import type { LiquidationEvent } from '../../src/domain/strategy.js'
import { COLLATERAL_HOUSE, addressOf, topicOf } from './calls.js'
import { contractOf } from './contracts.js'

/** `BuyCollateral(id, bidder, blockTimestamp, raisedAmount [wad], soldAmount [wad])`. */
export const BOUGHT = topicOf(COLLATERAL_HOUSE, 'BuyCollateral')

/**
 * Anybody's purchase from a collateral auction, under the name by which we buy from it: an order of ours for it that stays
 * unmined was outbid. Coins and collateral in wad, as the house counts them. Null for other logs.
 */
export function purchaseSeen(market: Market, log: RawLog): LiquidationEvent | null {
  if (log.topics[0] !== BOUGHT || log.address !== contractOf(market, 'collateralAuctionHouse')) return null
  const [bidder, , raised, sold] = (log.data.slice(2).match(/.{64}/g) ?? []).map((text) => BigInt(`0x${text}`))
  if (bidder === undefined || raised === undefined || sold === undefined) return null
  return {
    ...{ market: market.id, position: `geb-collateral/${BigInt(log.topics[1] ?? '0x0')}`, sale: true },
    ...{ collateral: contractOf(market, 'collateral'), debt: contractOf(market, 'coin') },
    ...{ repaid: raised, seized: sold, liquidator: addressOf(bidder), transactionHash: log.transactionHash },
  }
}
