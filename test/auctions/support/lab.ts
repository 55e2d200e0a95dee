import type { Costs, Fair } from '../../../src/auctions/expected-profit.js'
import type { Limits, Policy } from '../../../src/auctions/decide.js'
import type { Address } from '../../../src/domain/chain.js'
import { WAD } from '../../../src/domain/maths.js'
import type { GebCollateralAuction } from '../../../strategies/geb/collateral-auctions.js'
import type { GebDebtAuction } from '../../../strategies/geb/debt-auctions.js'
import { RAY } from '../../../src/domain/maths.js'

const address = (n: number): Address => `0x${n.toString(16).padStart(40, '0')}`
export const [US, RIVAL, ENGINE, HOUSE, COIN, TOKEN] = [1, 2, 3, 4, 5, 6].map(address) as [
  Address,
  Address,
  Address,
  Address,
  Address,
  Address,
]
const asOf = { number: 1, hash: '0x01', parentHash: '0x00', timestamp: 0n } as const

export const NOW = 1_000_000n

/** An auction of `lot` tokens for a bid of `pay` coins in which nobody has bid. */
export function debtAuction(id: number, lot: bigint, pay: bigint): GebDebtAuction {
  const params = { bidDecrease: (105n * WAD) / 100n, amountSoldIncrease: (150n * WAD) / 100n }
  return {
    ref: { venue: 'geb-debt', house: HOUSE, id: String(id) },
    mechanism: 'english-lot-down',
    ...{ payToken: COIN, getToken: TOKEN, leader: null, bidExpiry: null, deadline: NOW + 172_800n, asOf },
    ...{ bidRad: pay * RAY, lot, highBidder: ENGINE, expiry: 0n, end: NOW + 172_800n, enabled: true, us: US },
    params: { ...params, bidDuration: 10_800n, totalAuctionLength: 172_800n },
  }
}

/** The same after a bid at `t`. */
export function afterBid(auction: GebDebtAuction, by: Address, lot: bigint, t: bigint): GebDebtAuction {
  const expiry = t + auction.params.bidDuration
  return { ...auction, leader: by, highBidder: by, lot, expiry, bidExpiry: expiry }
}

export function collateralAuction(sell: bigint, raise: bigint, price: bigint): GebCollateralAuction {
  return {
    ref: { venue: 'geb-collateral', house: HOUSE, id: '1' },
    mechanism: 'dutch',
    ...{ payToken: COIN, getToken: TOKEN, leader: null, bidExpiry: null, deadline: null, asOf },
    ...{ sell, raise: raise * RAY, startedAt: NOW - 3_600n, price, enabled: true, join: HOUSE, joinUnit: 1n },
    redemption: { price: RAY, rate: RAY, updatedAt: NOW },
    params: {
      ...{ minimumBid: 100n * WAD, minDiscount: WAD, maxDiscount: (90n * WAD) / 100n },
      discountRate: 999_985_751_964_174_351_454_691_118n,
    },
  }
}

export interface Market {
  /** Coins for one token where nothing has been sold yet, wad. */
  readonly price: bigint
  /** Tokens that halve the price when they are sold: a pool of constant product. */
  readonly depth: bigint
  readonly sigmaDay: bigint
}

/** What selling `get` brings behind `behind`: depth · price · x / (depth + x), the difference of both ends, rounded down. */
export function fairOf({ price, depth, sigmaDay }: Market, behind = 0n): Fair {
  const out = (x: bigint): bigint => (depth * price * x) / (depth + x) / WAD
  return {
    proceeds: (get) => out(behind + get) - out(behind),
    ...{ sigmaDay, at: NOW, maxAgeSeconds: 60n, doubt: null },
  }
}

export const COSTS: Costs = {
  ...{ bidGas: 130_000n, settleGas: 140_000n, gasPrice: 5n * 10n ** 12n * WAD, capitalBpsPerDay: 2n },
  ...{ failBps: 0n, revertGas: 0n },
}

export const LIMITS: Limits = {
  ...{ minProfit: 5n * WAD, minProfitBps: 100n, available: 10n ** 24n, maxPerAuction: 10n ** 24n },
  ...{ maxLocked: 10n ** 24n, lockedNow: 0n, riskZBps: 20_000n },
}

export const POLICY: Policy = { mode: 'profit', style: 'step', rivalMarginBps: 300n, snipeSeconds: 60n }
