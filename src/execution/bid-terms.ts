import { maxOf, minOf, PERCENTAGE_FACTOR } from '../domain/maths.js'
import type { Opportunity } from '../domain/opportunity.js'
import { refuse, type Refusal } from '../domain/refusal.js'

/**
 * Share of a payment that a builder keeps behind a hint: the auction gives nine tenths back to whose transaction it was
 * (MEV-Share's default). The builder weighs what it keeps, so a bid for the same place must be ten times as large.
 */
const KEPT_BEHIND_HINT = 10n
/** Gas of a price transmission, upper end: it is in the denominator of its bundle's price, while it pays next to nothing. */
const TRANSMIT_GAS = 400_000n

export interface BidCaps {
  /** Largest share of the gain that the executor contract lets an order bid, basis points. */
  readonly maxBidBps: number
  /** Most that gas and bid together may take of the gain, basis points. */
  readonly maxFeeShareBps: number
}

export interface WantedBid {
  readonly bps: number
  readonly floorWei: bigint
}

/** Only an order whose gain is the wrapped coin pays its builder in the contract. */
const paysInContract = ({ order }: Opportunity): boolean => order.bidBps > 0 || order.minBidWei > 0n

/**
 * The least bid of an opportunity, wei, rounded up. Alone it is the order's own floor (gas × the tail's price × 1.05). Behind
 * a public transaction the bundle as a whole must reach the tail's price; behind a hint the builder must keep that floor.
 */
export function floorOf({ order, behind, gas }: Opportunity): bigint {
  if (behind === undefined || gas <= 0n) return order.minBidWei
  if (behind.kind === 'hint') return order.minBidWei * KEPT_BEHIND_HINT
  return (order.minBidWei * (gas + TRANSMIT_GAS) + gas - 1n) / gas
}

/**
 * The same opportunity with another bid: max(bps · gain, floor), lowered where the contract's cap, the share of gain that
 * fees may take, or the order's minimum profit demand it. Shares are rounded down, so that the bid never exceeds its cap.
 * Refuses when not even the floor fits.
 */
export function withBid(opportunity: Opportunity, wanted: WantedBid, caps: BidCaps): Opportunity | Refusal {
  const { grossWei, gasCostWei, order, leastWei = order.minProfit } = opportunity
  if (!paysInContract(opportunity)) return opportunity
  const share = (bps: number): bigint => (grossWei * BigInt(bps)) / PERCENTAGE_FACTOR
  const floor = maxOf(order.minBidWei, wanted.floorWei)
  const cap = minOf(minOf(share(caps.maxBidBps), grossWei - leastWei), share(caps.maxFeeShareBps) - gasCostWei)
  if (cap < floor) {
    const detail = `the least bid is ${floor} wei, at most ${cap} of the gain of ${grossWei} wei can be bid`
    return refuse('below-min-profit', detail, (cap - floor).toString())
  }
  const bidBps = share(wanted.bps) <= cap ? wanted.bps : Number((cap * PERCENTAGE_FACTOR) / grossWei)
  const bidWei = maxOf(share(bidBps), floor)
  const netWei = opportunity.netWei + opportunity.bidWei - bidWei
  const { netUsd8: usd8, netWei: before } = opportunity
  const netUsd8 = before > 0n ? (usd8 * netWei) / before : usd8
  return { ...opportunity, bidWei, netWei, netUsd8, order: { ...order, bidBps, minBidWei: floor } }
}

/**
 * The bid of an opportunity as it is sent: the share that was learned for its asset (null: what the opportunity has), and
 * what a place behind another transaction needs. Others are returned as they are. Refuses what cannot afford the least bid.
 */
export function bidFor(opportunity: Opportunity, learnedBps: number | null, caps: BidCaps): Opportunity | Refusal {
  const { behind, order, atLoss } = opportunity
  // it offers the least that can land, and as a tip
  if (atLoss === true) return opportunity
  if (!paysInContract(opportunity)) {
    if (behind?.kind !== 'hint') return opportunity
    return refuse('below-min-profit', 'its gain is not in the wrapped coin: behind a hint nobody would be paid for it')
  }
  if (behind === undefined && (learnedBps === null || learnedBps === order.bidBps)) return opportunity
  return withBid(opportunity, { bps: learnedBps ?? order.bidBps, floorWei: floorOf(opportunity) }, caps)
}
