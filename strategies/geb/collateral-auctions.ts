import type { AgentCall, Auction, AuctionVenue, Funding, Phase, Terms } from '../../src/auctions/venue.js'
import type { Address } from '../../src/domain/chain.js'
import { RAY, maxOf, rayDivFloor, rayMulFloor, rayPowHalfUp } from '../../src/domain/maths.js'
import { COLLATERAL_HOUSE, JOIN, callOf } from './calls.js'
import { CollateralAuctionReader } from './collateral-reader.js'
import { purchaseOf } from './purchase.js'
import { redemptionPriceAt, wdivFloor, wmulFloor } from './maths.js'

/** `CollateralAuctionHouse.params()`: wad, wad, wad, ray. */
export interface CollateralHouseParams {
  readonly minimumBid: bigint
  readonly minDiscount: bigint
  readonly maxDiscount: bigint
  readonly discountRate: bigint
}

/** A Dutch auction of collateral for coins; its price falls with the discount until that stands still. */
export interface GebCollateralAuction extends Auction {
  readonly mechanism: 'dutch'
  /** Wad of collateral. */
  readonly sell: bigint
  /** Rad. */
  readonly raise: bigint
  readonly startedAt: bigint
  readonly params: CollateralHouseParams
  /** What the delayed oracle gives now, wad; zero while it is invalid: nothing can be bought then. */
  readonly price: bigint
  readonly redemption: { readonly price: bigint; readonly rate: bigint; readonly updatedAt: bigint }
  readonly enabled: boolean
  readonly join: Address
  /** 10^(18 − decimals) of the collateral. */
  readonly joinUnit: bigint
}

/** `_getAuctionDiscount` at `t`, wad. */
export const discountAt = ({ params, startedAt }: GebCollateralAuction, t: bigint): bigint =>
  maxOf(
    params.maxDiscount,
    rayMulFloor(rayPowHalfUp(params.discountRate, t > startedAt ? t - startedAt : 0n), params.minDiscount),
  )

/**
 * Dutch collateral auctions of GEB, as `CollateralAuctionHouse.buyCollateral` computes them: every division rounded down, the
 * power half up. The price is the delayed oracle's, so what is cheap is told by the market, not by the discount. It never
 * resets: under a market below `maxDiscount` it waits until the oracle moves.
 */
export const gebCollateralAuctions: AuctionVenue<GebCollateralAuction> = {
  id: 'geb-collateral',
  mechanism: 'dutch',
  gas: { bid: 260_000n, settle: 0n, restart: 0n },
  open: (market, us) => new CollateralAuctionReader(market, us),

  phase({ sell, raise, enabled }): Phase {
    if (sell === 0n || raise === 0n) return 'closed'
    return enabled ? 'open' : 'halted'
  },

  quote(auction, t, cap): Terms | null {
    const { sell, raise, params, price, redemption } = auction
    const wad = cap ?? raise / RAY + 1n
    if (gebCollateralAuctions.phase(auction, t) !== 'open' || wad <= 0n || wad < params.minimumBid) return null
    const redemptionPrice = redemptionPriceAt(redemption.price, redemption.rate, redemption.updatedAt, t)
    if (redemptionPrice === 0n || price === 0n) return null
    const discounted = rayDivFloor(wmulFloor(price, discountAt(auction, t)), redemptionPrice)
    if (discounted === 0n) return null
    const bid = wad * RAY > raise ? raise / RAY + 1n : wad
    const bought = wdivFloor(bid, discounted)
    const whole = bought > sell
    const pay = whole ? (bid * sell) / bought : bid
    const get = whole ? sell : bought
    if (get === 0n) return null
    const goesOn = pay * RAY < raise && sell > get
    if (goesOn && raise - pay * RAY < params.minimumBid * RAY) return null
    return { pay, get, limit: wad }
  },

  nextStep: () => null,
  funding: ({ payToken }, { pay }): Funding => ({ token: payToken, amount: pay, atomic: true, lockedUntil: null }),

  /** `exit` of all that was quoted is the least that must have been bought: at a worse price the run reverts. */
  encodeBid: ({ ref, join, joinUnit }, { pay, get, limit }, us): AgentCall[] => [
    callOf(COLLATERAL_HOUSE, ref.house, 'buyCollateral', [ref.id, limit ?? pay]),
    callOf(JOIN, join, 'exit', [us, get / joinUnit]),
  ],
  purchase: (auction, market, t) => purchaseOf(auction, market, t, gebCollateralAuctions.quote),
  encodeSettle: () => [],
}
