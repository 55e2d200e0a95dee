import type { AuctionVenue } from '../../src/auctions/venue.js'
import type { InternalToken, RefillProtocol } from '../../src/auctions/protocol.js'
import { RAY } from '../../src/domain/maths.js'
import { gebAgentNeeds } from './agent-needs.js'
import { JOIN, SAFE_ENGINE, TOKEN, askAll, callOf, word } from './calls.js'
import { gebCollateralAuctions, type GebCollateralAuction } from './collateral-auctions.js'
import { contractOf } from './contracts.js'
import { gebDebtAuctions, type GebDebtAuction } from './debt-auctions.js'
import { radToWadFloor } from './maths.js'
import { movementsOf, TOUCHING } from './movements.js'
import { OracleReader } from './oracle-reader.js'

/** GEB's recapitalisation: what its venues share is the system coin, in the wallet or inside the SAFE engine. */
export const gebRefill: RefillProtocol = {
  strategy: 'geb',
  venues: [gebCollateralAuctions as AuctionVenue, gebDebtAuctions as AuctionVenue],

  payToken: (market) => ({ address: contractOf(market, 'coin'), symbol: 'coin', decimals: 18 }),

  async capital(reader, market, us, block) {
    const [wallet, internal] = await askAll(
      reader,
      [
        [TOKEN, contractOf(market, 'coin'), 'balanceOf', [us]],
        [SAFE_ENGINE, contractOf(market, 'safeEngine'), 'coinBalance', [us]],
      ],
      block.number,
    )
    return { wallet: word(wallet), internal: radToWadFloor(word(internal)) }
  },

  agentNeeds: gebAgentNeeds,

  async misfits(reader, market, block) {
    const replaced = await new OracleReader(market).replaced(reader, block.number)
    return replaced === null ? [] : [replaced]
  },

  encodeJoin: (market, us, amount) =>
    amount === 0n ? [] : [callOf(JOIN, contractOf(market, 'coinJoin'), 'join', [us, amount])],

  prospect(opening, venue, template) {
    if (venue === gebDebtAuctions.id) {
      const auction = template as GebDebtAuction
      const count = auction.bidRad === 0n ? 0n : (opening.debt * RAY) / auction.bidRad
      return count === 0n ? null : { auction, count }
    }
    // at its cheapest: the discount has stopped growing
    const { params, ...rest } = template as GebCollateralAuction
    const cheapest = { ...params, minDiscount: params.maxDiscount, discountRate: RAY }
    const [sell, raise] = [opening.sell.amount, opening.raise.amount * RAY]
    const auction: GebCollateralAuction = { ...rest, params: cheapest, sell, raise }
    return { auction, count: 1n }
  },

  internalTokens(market): InternalToken[] {
    const [coin, collateral] = [contractOf(market, 'coin'), contractOf(market, 'collateral')]
    const coins = { symbol: 'internal coin', decimals: 45, of: coin, unit: RAY }
    return [
      { token: contractOf(market, 'safeEngine'), ...coins },
      { token: contractOf(market, 'debtAuctionHouse'), ...coins, symbol: 'coin in auctions', claims: true },
      {
        token: contractOf(market, 'collateralJoin'),
        symbol: 'internal collateral',
        decimals: 18,
        of: collateral,
        unit: 1n,
      },
    ]
  },

  movements: movementsOf,
  touching: (market) => ({ addresses: [contractOf(market, 'debtAuctionHouse')], topic0: TOUCHING }),
}
