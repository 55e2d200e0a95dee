import { z } from 'zod'
import { address } from './venues.js'

const whole = z
  .string()
  .regex(/^\d{1,30}$/, 'must be whole tokens, digits in quotes')
  .transform(BigInt)
const bps = z.number().int().min(0).max(10_000).transform(BigInt)
const seconds = z.number().int().positive().transform(BigInt)

/** How the auctions of a market are bid in. Everything but the router has a cautious default. */
export const auctionConfig = z.strictObject({
  /** The first Uniswap v3 SwapRouter, through which the agent sells what it won. */
  router: address,
  style: z.enum(['step', 'preclude', 'snipe', 'expiry']).default('preclude'),
  kick: z.enum(['never', 'if-profitable']).default('if-profitable'),
  onWin: z.enum(['hold', 'sell', 'slices']).default('slices'),
  /** Chance that we win what a liquidation of ours opens, when its gas is weighed. */
  winBps: bps.prefault(3_000),
  /** Least share of the bid that it must be expected to earn, beside MIN_PROFIT_USD. */
  minProfitBps: bps.prefault(200),
  /** Margin that rivals are taken to ask for. */
  rivalMarginBps: bps.prefault(300),
  /** Whole pay tokens. */
  maxPerAuction: whole.prefault('10000'),
  maxLocked: whole.prefault('50000'),
  /** Standard deviations that the won token may fall while a bid is locked: 20000 is two. */
  riskZBps: z.number().int().min(0).max(100_000).transform(BigInt).prefault(20_000),
  /** One standard deviation of its price over a day. */
  sigmaDayBps: bps.prefault(1_000),
  capitalBpsPerDay: bps.prefault(2),
  snipeSeconds: seconds.prefault(60),
  priceMaxAgeSeconds: seconds.prefault(120),
  /** Window and most rise above its median in which a price is believed. */
  priceWindowSeconds: seconds.prefault(1_800),
  maxJumpBps: bps.prefault(2_000),
  /** Most that one slice of a sale may move the price. */
  maxImpactBps: bps.prefault(200),
})

export type AuctionConfig = z.output<typeof auctionConfig>
