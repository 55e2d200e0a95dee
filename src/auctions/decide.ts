import { divCeil, maxOf } from '../domain/maths.js'
import { chooseLot, leastWith, type PolicySettings } from './bid-policy.js'
import { BPS, expectedProfit, type Costs, type Fair } from './expected-profit.js'
import type { Auction, AuctionVenue, Terms } from './venue.js'

/** What one decision may use. Pay tokens. */
export interface Limits {
  /** Least expected profit; below zero only in backstop mode, where it is what may still be lost by bids. */
  readonly minProfit: bigint
  readonly minProfitBps: bigint
  readonly available: bigint
  readonly maxPerAuction: bigint
  readonly maxLocked: bigint
  readonly lockedNow: bigint
  readonly riskZBps: bigint
}

export interface Policy extends PolicySettings {
  readonly mode: 'profit' | 'backstop'
}

export type Skip =
  'phase' | 'self' | 'stale-price' | 'absurd-price' | 'capital' | 'below-reservation' | 'no-terms' | 'budget'

export type Decision =
  | {
      readonly act: 'bid'
      readonly terms: Terms
      readonly expected: bigint
      /** Least lot at which the bid would still have been worth it. */
      readonly reservation: bigint
    }
  | { readonly act: 'wait'; readonly until: bigint; readonly why: string }
  | { readonly act: 'skip'; readonly reason: Skip; readonly why: string }

const skip = (reason: Skip, why: string): Decision => ({ act: 'skip', reason, why })

/** What a bid must be expected to earn at least. In backstop mode nothing is asked beyond the loss that is allowed. */
export const needOf = (pay: bigint, { minProfit, minProfitBps }: Limits, { mode }: Pick<Policy, 'mode'>): bigint =>
  mode === 'backstop' ? minProfit : maxOf(minProfit, divCeil(pay * minProfitBps, BPS))

/**
 * Whether, and on which terms, to bid in one auction in a block of time `now`. Pure.
 *
 * 1. Never against ourselves, never on a price that is old or far from its course.
 * 2. Never more than the capital that is free, nor beyond the limits per auction and in sum where the bid is locked.
 * 3. English: never a lot below the reservation, the least at which the expected profit reaches what is asked.
 * 4. Dutch: the whole of what capital and depth allow, as soon as it pays; until then it waits.
 * Outside backstop mode what is asked is at least zero, so no bid is made at an expected loss.
 */
export function decide<A extends Auction>(
  venue: AuctionVenue<A>,
  auction: A,
  now: bigint,
  fair: Fair,
  costs: Costs,
  limits: Limits,
  policy: Policy,
): Decision {
  const phase = venue.phase(auction, now)
  if (phase === 'leading') return skip('self', 'we lead: another bid of ours would only lower our own lot')
  if (phase !== 'open') return skip('phase', `it is ${phase}`)
  if (now - fair.at > fair.maxAgeSeconds) return skip('stale-price', `the price is ${now - fair.at} s old`)
  if (fair.doubt !== null) return skip('absurd-price', fair.doubt)
  const bounded = policy.mode === 'backstop' ? limits : { ...limits, minProfit: maxOf(0n, limits.minProfit) }
  return auction.mechanism === 'english-lot-down'
    ? english(venue, auction, now, fair, costs, bounded, policy)
    : dutch(venue, auction, now, fair, costs, bounded, policy)
}

function english<A extends Auction>(
  venue: AuctionVenue<A>,
  auction: A,
  now: bigint,
  fair: Fair,
  costs: Costs,
  limits: Limits,
  policy: Policy,
): Decision {
  const step = venue.nextStep(auction, now)
  if (step === null) return skip('no-terms', 'no lower lot is legal')
  const { pay } = step
  if (pay > limits.available) return skip('capital', `the bid is ${pay}, free are ${limits.available}`)
  if (pay > limits.maxPerAuction)
    return skip('capital', `the bid is ${pay}, the limit per auction ${limits.maxPerAuction}`)
  if (limits.lockedNow + pay > limits.maxLocked)
    return skip(
      'capital',
      `${limits.lockedNow} are locked, the bid of ${pay} would pass the limit of ${limits.maxLocked}`,
    )
  const funding = venue.funding(auction, step, now)
  const need = needOf(pay, limits, policy)
  const worth = (get: bigint): bigint => expectedProfit({ pay, get }, fair, costs, limits.riskZBps, funding, now)
  const reservation = leastWith((get) => worth(get) >= need, step.get)
  if (reservation === null) {
    const expected = worth(step.get)
    if (policy.mode === 'backstop' && expected < 0n)
      return skip('budget', `it would lose ${-expected}, what is left of the day's budget is ${maxOf(0n, -need)}`)
    return skip('below-reservation', `the next lot ${step.get} is expected to earn ${expected}, asked are ${need}`)
  }
  const contested = auction.leader !== null
  const patience = contested ? null : patienceOf(venue, auction, policy)
  if (patience !== null && now < patience.until) return { act: 'wait', ...patience }
  const decrease = venue.decreaseOf?.(auction) ?? 1n
  const get = chooseLot({ next: step.get, reservation, pay, decrease, contested, fair }, policy)
  return { act: 'bid', terms: { pay, get }, expected: worth(get), reservation }
}

/** Until when an auction in which nobody has bid is left alone, and why; null: it is bid in at once. */
function patienceOf<A extends Auction>(
  { restarted }: AuctionVenue<A>,
  auction: A,
  { style, snipeSeconds }: Policy,
): { readonly until: bigint; readonly why: string } | null {
  const end = endOf(auction)
  if (end === null) return null
  if (style === 'snipe') return { until: end - snipeSeconds, why: 'nobody has bid: the last seconds lock no capital' }
  if (style !== 'expiry' || restarted === undefined) return null
  return { until: end, why: 'nobody has bid: once it has run out it is started again with a larger lot' }
}

const endOf = ({ deadline, bidExpiry }: Auction): bigint | null =>
  deadline === null || (bidExpiry !== null && bidExpiry < deadline) ? bidExpiry : deadline

/** Shares of the free capital that are tried: a thin exit takes a part where the whole would not pay. */
const SHARES_PERCENT = [100n, 75n, 50n, 25n, 10n]

function dutch<A extends Auction>(
  venue: AuctionVenue<A>,
  auction: A,
  now: bigint,
  fair: Fair,
  costs: Costs,
  limits: Limits,
  policy: Policy,
): Decision {
  const cap = limits.available < limits.maxPerAuction ? limits.available : limits.maxPerAuction
  const whole = venue.quote(auction, now, cap)
  if (whole === null) return cap > 0n ? WAIT : skip('capital', 'no capital is free')
  const offers = SHARES_PERCENT.flatMap((percent) => {
    const terms = venue.quote(auction, now, (whole.pay * percent) / 100n)
    if (terms === null || terms.get === 0n) return []
    const funding = venue.funding(auction, terms, now)
    const expected = expectedProfit(terms, fair, costs, limits.riskZBps, funding, now)
    return expected >= needOf(terms.pay, limits, policy) ? [{ terms, expected }] : []
  })
  const best = offers.reduce<(typeof offers)[number] | null>((a, b) => (a && a.expected >= b.expected ? a : b), null)
  return best === null ? WAIT : { act: 'bid', ...best, reservation: best.terms.get }
}

const WAIT: Decision = { act: 'wait', until: 0n, why: 'not cheap enough yet: the price falls by itself' }
