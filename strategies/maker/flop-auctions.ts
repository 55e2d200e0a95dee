import type { AgentCall, Auction, AuctionVenue, Funding, Phase, Terms } from '../../src/auctions/venue.js'
import type { Address } from '../../src/domain/chain.js'
import { RAY, divCeil, minOf } from '../../src/domain/maths.js'
import { type Flop, type FlopTerms, dent, isDealable, nextLot, tick } from './flop.js'
import { FlopReader } from './flop-reader.js'
import { FLOP } from './signatures.js'

/** A debt auction of a Flopper: a fixed bid of coins for ever fewer governance tokens. */
export interface MakerFlopAuction extends Auction, Flop {
  readonly mechanism: 'english-lot-down'
  /** Rad. */
  readonly bid: bigint
  /** Zero where there is no such auction: one that was dealt stays readable, and a `tick` sets its end. */
  readonly guy: Address
  readonly terms: FlopTerms
  readonly live: boolean
  readonly us: Address
}

const NOBODY: Address = `0x${'0'.repeat(40)}`

/**
 * English debt auctions of Maker. The conditions are those of the Flopper, and strict on both sides:
 * - it can be bid in while `t < tic` (once there is a bid) and `t < end`; dealt from `t > tic` or `t > end` once there is a bid;
 *   restarted from `t > end` while there is none. In the second between nothing can be done;
 * - an auction that was dealt has no `guy`; `tick` works on it and sets an end, so the end says nothing;
 * - also the first bid must lower the lot by the factor; every bid names the auction's own coins, to the unit.
 */
export const makerFlopAuctions: AuctionVenue<MakerFlopAuction> = {
  id: 'maker-flop',
  mechanism: 'english-lot-down',
  gas: { bid: 100_000n, settle: 90_000n, restart: 40_000n },
  open: (market, us) => new FlopReader(market, us),

  phase(auction, t): Phase {
    if (auction.guy === NOBODY) return 'closed'
    if (!auction.live) return 'halted'
    if (isDealable(auction, t)) return 'settleable'
    if (auction.tic === 0n && auction.end < t) return 'restartable'
    return auction.guy === auction.us ? 'leading' : 'open'
  },

  /** The next step with the bid it costs; the bid is fixed, so `cap` decides only whether it can be paid. */
  quote(auction, t, cap): Terms | null {
    const step = makerFlopAuctions.nextStep(auction, t)
    return step === null || (cap !== undefined && step.pay > cap) ? null : step
  },

  /** The largest lot that the Flopper would take, and always a lower one. */
  nextStep(auction, t): Terms | null {
    const get = minOf(nextLot(auction, auction.terms), auction.lot - 1n)
    if (auction.guy === NOBODY || !auction.live || get <= 0n) return null
    return typeof dent(auction, get, auction.terms, t) === 'string' ? null : { pay: divCeil(auction.bid, RAY), get }
  },

  standing: ({ bid, lot }) => ({ pay: divCeil(bid, RAY), get: lot }),
  decreaseOf: ({ terms }) => terms.beg,

  /** Locked until another bids or the bid's time is over, and a second more: an end is strict. */
  funding({ payToken, terms, end }, { pay }, t): Funding {
    return { token: payToken, amount: pay, atomic: false, lockedUntil: minOf(t + terms.ttl, end) + 1n }
  },

  encodeBid: ({ ref, bid }, { get }): AgentCall[] => [FLOP.dent(ref.house, BigInt(ref.id), get, bid)],

  encodeSettle: ({ ref, live }): AgentCall[] => [(live ? FLOP.deal : FLOP.yank)(ref.house, BigInt(ref.id))],

  restarted(auction, t) {
    const again = tick(auction, auction.terms, t)
    return typeof again === 'string' ? auction : { ...auction, ...again, deadline: again.end }
  },
  encodeRestart: ({ ref }): AgentCall[] => [FLOP.tick(ref.house, BigInt(ref.id))],
}
