import type { AuctionVenue, AgentCall, Auction, Funding, Phase, Terms } from '../../src/auctions/venue.js'
import type { Address } from '../../src/domain/chain.js'
import { WAD, minOf } from '../../src/domain/maths.js'
import { DEBT_HOUSE, callOf } from './calls.js'
import { DebtAuctionReader } from './debt-reader.js'
import { radToWadCeil } from './maths.js'

/** `DebtAuctionHouse.params()`; wad and seconds. */
export interface DebtHouseParams {
  readonly bidDecrease: bigint
  readonly amountSoldIncrease: bigint
  readonly bidDuration: bigint
  readonly totalAuctionLength: bigint
}

/** `DebtAuctionHouse.auctions(id)`: a fixed bid of coins for ever fewer newly minted tokens. */
export interface GebDebtAuction extends Auction {
  readonly mechanism: 'english-lot-down'
  readonly bidRad: bigint
  /** Wad of protocol tokens. */
  readonly lot: bigint
  /** Zero where there is no such auction (settled, or a ghost that somebody restarted). */
  readonly highBidder: Address
  /** Zero while nobody has bid. */
  readonly expiry: bigint
  readonly end: bigint
  readonly params: DebtHouseParams
  readonly enabled: boolean
  readonly us: Address
}

const NOBODY: Address = `0x${'0'.repeat(40)}`

/**
 * English debt auctions of GEB. The conditions are those of `DebtAuctionHouse`:
 * - a settled auction has no high bidder; `restartAuction` works on it and sets a deadline, so the deadline says nothing;
 * - it can be bid in while `t < expiry` (once there is a bid) and `t < deadline`; settled from `t ≥ expiry` or `t ≥ deadline`
 *   once there is a bid; restarted from `t ≥ deadline` while there is none;
 * - also the first bid must lower the lot by the factor.
 */
export const gebDebtAuctions: AuctionVenue<GebDebtAuction> = {
  id: 'geb-debt',
  mechanism: 'english-lot-down',
  gas: { bid: 130_000n, settle: 140_000n, restart: 45_000n },
  open: (market, us) => new DebtAuctionReader(market, us),

  phase({ highBidder, expiry, end, enabled, us }, t): Phase {
    if (highBidder === NOBODY) return 'closed'
    if (!enabled) return 'halted'
    if (expiry !== 0n && (expiry <= t || end <= t)) return 'settleable'
    if (expiry === 0n && end <= t) return 'restartable'
    return highBidder === us ? 'leading' : 'open'
  },

  /** The next step with the bid it costs; the bid is fixed, so `cap` decides only whether it can be paid. */
  quote(auction, t, cap): Terms | null {
    const step = gebDebtAuctions.nextStep(auction, t)
    return step === null || (cap !== undefined && step.pay > cap) ? null : step
  },

  /** Largest lot with `bidDecrease · lot ≤ amountToSell · WAD` that is lower than the last. */
  nextStep(auction, t): Terms | null {
    const { lot, params, bidRad } = auction
    const phase = gebDebtAuctions.phase(auction, t)
    if (phase !== 'open' && phase !== 'leading') return null
    const get = minOf((lot * WAD) / params.bidDecrease, lot - 1n)
    return get <= 0n ? null : { pay: radToWadCeil(bidRad), get }
  },

  standing: ({ bidRad, lot }) => ({ pay: radToWadCeil(bidRad), get: lot }),
  decreaseOf: ({ params }) => params.bidDecrease,

  /** Locked until another bids or the bid's time is over; never longer than the auction's own deadline. */
  funding({ payToken, params, end }, { pay }, t): Funding {
    return { token: payToken, amount: pay, atomic: false, lockedUntil: minOf(t + params.bidDuration, end) }
  },

  encodeBid: ({ ref }, { get }): AgentCall[] => [callOf(DEBT_HOUSE, ref.house, 'decreaseSoldAmount', [ref.id, get])],

  encodeSettle: ({ ref, enabled }): AgentCall[] => [
    callOf(DEBT_HOUSE, ref.house, enabled ? 'settleAuction' : 'terminateAuctionPrematurely', [ref.id]),
  ],

  restarted: (auction, t) => {
    const lot = (auction.params.amountSoldIncrease * auction.lot) / WAD
    const end = t + auction.params.totalAuctionLength
    return { ...auction, lot, end, deadline: end }
  },
  encodeRestart: ({ ref }): AgentCall[] => [callOf(DEBT_HOUSE, ref.house, 'restartAuction', [ref.id])],
}
