import type { VenueView } from '../../../auctions/round.js'
import { refKey } from '../../../auctions/venue.js'
import type { Market } from '../../../domain/market.js'
import type { PositionRefusal } from '../../../domain/refusal.js'
import type { Liquidatable } from '../market-watch.js'

export interface Purchases {
  /** Auctions that one transaction can buy from, in the form in which liquidations are quoted. */
  readonly found: readonly Liquidatable[]
  readonly refusals: readonly PositionRefusal[]
}

/** What is for sale at `t` in venues that a loan can pay. */
export function purchasesIn(market: Market, views: readonly VenueView[], t: bigint): Purchases {
  const found: Liquidatable[] = []
  const refusals: PositionRefusal[] = []
  for (const { venue, snapshot } of views) {
    for (const auction of snapshot.auctions) {
      if (venue.purchase === undefined || venue.phase(auction, t) === 'closed') continue
      const place = { market: market.id, position: refKey(auction.ref) }
      const plan = venue.purchase(auction, market, t)
      if ('code' in plan) refusals.push({ ...plan, ...place })
      else found.push({ ...place, solvency: solvencyOf(plan.maxRepay), choices: [plan] })
    }
  }
  return { found, refusals }
}

/** A coin counts as a dollar: only the order of sizes is told by it. */
const COIN_TO_BASE = 10n ** 10n

const solvencyOf = (pay: bigint): Liquidatable['solvency'] => ({
  ...{ healthFactor: 0n, collateralBase: 0n, debtBase: pay / COIN_TO_BASE, liquidatable: true },
})
