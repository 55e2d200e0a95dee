import type { TokenSymbol } from '../catalogue.js'

/** How much of a pool's money lies how close to the price; `null` is the whole line. */
export interface Range {
  readonly widthBps: number | null
  readonly shareBps: bigint
}

export interface PoolPlan {
  readonly tokens: readonly [TokenSymbol, TokenSymbol]
  /** Hundredths of a basis point. */
  readonly fee: number
  /** Value of both sides together, whole USD. */
  readonly depthUsd: bigint
  readonly ranges: readonly Range[]
}

export const SPACINGS: Readonly<Record<number, number>> = { 100: 1, 500: 10, 3_000: 60, 10_000: 200 }

/** Mostly near the price, yet deep enough after a fall of a third that a liquidator finds an exit. */
const VOLATILE: readonly Range[] = [
  { widthBps: 300, shareBps: 2_000n },
  { widthBps: 1_500, shareBps: 2_500n },
  { widthBps: 10_000, shareBps: 3_500n },
  { widthBps: null, shareBps: 2_000n },
]

const PEGGED: readonly Range[] = [
  { widthBps: 10, shareBps: 5_000n },
  { widthBps: 100, shareBps: 3_000n },
  { widthBps: null, shareBps: 2_000n },
]

const ETHER_TWINS: readonly Range[] = [
  { widthBps: 100, shareBps: 4_000n },
  { widthBps: 1_000, shareBps: 3_500n },
  { widthBps: null, shareBps: 2_500n },
]

/** RARE has none: what it secures cannot be sold. */
export const POOLS: readonly PoolPlan[] = [
  { tokens: ['WETH', 'USDC'], fee: 500, depthUsd: 120_000_000n, ranges: VOLATILE },
  { tokens: ['WETH', 'USDC'], fee: 3_000, depthUsd: 60_000_000n, ranges: VOLATILE },
  { tokens: ['WETH', 'USDT'], fee: 3_000, depthUsd: 60_000_000n, ranges: VOLATILE },
  { tokens: ['WBTC', 'WETH'], fee: 3_000, depthUsd: 90_000_000n, ranges: VOLATILE },
  { tokens: ['USDC', 'USDT'], fee: 100, depthUsd: 40_000_000n, ranges: PEGGED },
  { tokens: ['DAI', 'USDC'], fee: 100, depthUsd: 40_000_000n, ranges: PEGGED },
  { tokens: ['wstETH', 'WETH'], fee: 100, depthUsd: 60_000_000n, ranges: ETHER_TWINS },
]
