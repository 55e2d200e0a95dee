import { WAD, divCeil, minOf } from '../domain/maths.js'
import { BPS, expectedProfit, type Costs, type Fair } from './expected-profit.js'
import type { Limits } from './decide.js'
import type { Auction, AuctionVenue } from './venue.js'

/** What a liquidation that pays nothing may lead to: an auction of its own, and a share of a debt auction later. */
export interface Prospect {
  readonly venue: AuctionVenue
  /** As it would stand at its cheapest, or as the first bid would find it. */
  readonly auction: Auction
  readonly fair: Fair
  /** How many such auctions the liquidation makes possible; at least one. */
  readonly count: bigint
  /** Pay tokens for this venue where a loan pays; absent: what is free. */
  readonly available?: bigint
}

export interface OpeningCosts extends Omit<Costs, 'bidGas' | 'settleGas'> {
  readonly openGas: bigint
  /** Chance that it is us who then wins, basis points. */
  readonly winBps: bigint
}

export interface OpeningWorth {
  /** Expected profit in pay tokens after the gas of opening; below zero where nothing pays for it. */
  readonly expected: bigint
  /** What would pay for it: the venue that follows, `incentive`, or null. */
  readonly by: string | null
}

/**
 * Whether a liquidation that earns nothing is worth its gas for what follows: what the protocol pays for opening
 * (`incentive`, pay tokens, ours whoever wins later), and the best prospect times the chance that we win it, less the gas of
 * opening. Pure.
 */
export function openingWorth(
  prospects: readonly Prospect[],
  costs: OpeningCosts,
  limits: Pick<Limits, 'available' | 'riskZBps'>,
  now: bigint,
  incentive = 0n,
): OpeningWorth {
  const certain = incentive - divCeil(costs.openGas * costs.gasPrice, WAD)
  let best: OpeningWorth = { expected: certain, by: certain > 0n ? 'incentive' : null }
  for (const { venue, auction, fair, count, available = limits.available } of prospects) {
    const terms = venue.nextStep(auction, now) ?? venue.quote(auction, now, available)
    if (terms === null || terms.pay === 0n || terms.pay > available) continue
    const funding = venue.funding(auction, terms, now)
    const gasOf = { bidGas: venue.gas.bid, settleGas: venue.gas.settle }
    const one = expectedProfit(terms, fair, { ...costs, ...gasOf }, limits.riskZBps, funding, now)
    if (one <= 0n) continue
    const times = minOf(count, available / terms.pay)
    // rounded down: a chance is not counted up
    const expected = (one * times * costs.winBps) / BPS + certain
    if (expected > best.expected) best = { expected, by: venue.id }
  }
  return best
}
