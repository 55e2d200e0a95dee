import { RAY } from '../../src/domain/maths.js'
import type { FeedId } from '../../src/domain/prices.js'
import type { Slot } from '../../src/domain/weights.js'
import { Random } from './random.js'

export const RESERVES = 60
export const MARKET_SEED = 1

/** Members of the four eModes, by reserve. Each (eMode, member) is a collateral slot of its own. */
export const E_MODES: readonly (readonly number[])[] = [
  [1, 4, 7, 10, 13],
  [0, 2, 3, 5, 6],
  [8, 9, 11, 12, 14],
  [15, 16, 17, 18, 19],
]

/** What one weight slot stands for; `eMode` is 0 outside every eMode. */
export interface BenchSlot {
  readonly reserve: number
  readonly debt: boolean
  readonly eMode: number
  /** Basis points; zero for debt. */
  readonly threshold: bigint
}

/**
 * A made-up Aave v3.6 market: 60 reserves, 4 eModes, 140 slots (0–59 collateral, 60–119 debt, then eMode collateral).
 * Prices (USD, 8 decimals) and indexes (ray) move during a benchmark, the rest is fixed.
 */
export interface BenchMarket {
  readonly decimals: readonly number[]
  readonly units: readonly bigint[]
  readonly slots: readonly BenchSlot[]
  readonly price: bigint[]
  readonly liquidityIndex: bigint[]
  readonly borrowIndex: bigint[]
}

export const debtSlot = (reserve: number): number => RESERVES + reserve
export const eModeSlot = (eMode: number, member: number): number => 2 * RESERVES + (eMode - 1) * 5 + member

/** A stablecoin is every third reserve from the second one on; the first two are like WETH and USDC. */
const isStable = (reserve: number): boolean => reserve % 3 === 1

/** A ray from a factor near one, with digits down to the last place. */
const toRay = (factor: number, random: Random): bigint =>
  BigInt(Math.round(factor * 1e15)) * 10n ** 12n + BigInt(random.next())

function priceOf(reserve: number, random: Random): bigint {
  const usd = isStable(reserve) ? random.between(0.998, 1.002) : Math.exp(3 + 2.5 * random.normal())
  return BigInt(Math.round((reserve === 0 ? 2_400 : Math.max(usd, 0.001)) * 1e8))
}

function slotsOf(thresholds: readonly bigint[]): BenchSlot[] {
  const base = (debt: boolean): BenchSlot[] =>
    thresholds.map((threshold, reserve) => ({ reserve, debt, eMode: 0, threshold: debt ? 0n : threshold }))
  const inside = E_MODES.flatMap((members, i) =>
    members.map((reserve) => ({ reserve, debt: false, eMode: i + 1, threshold: i < 2 ? 9_500n : 9_000n })),
  )
  return [...base(false), ...base(true), ...inside]
}

export function makeMarket(): BenchMarket {
  const random = new Random(MARKET_SEED)
  const reserves = Array.from({ length: RESERVES }, (_, i) => i)
  const decimals = reserves.map((i) => (isStable(i) ? 6 : i % 7 === 2 ? 8 : 18))
  const thresholds = reserves.map((i) => BigInt(isStable(i) ? 7_800 : 5_000 + 50 * random.below(68)))
  return {
    decimals,
    units: decimals.map((d) => 10n ** BigInt(d)),
    slots: slotsOf(thresholds),
    price: reserves.map((i) => priceOf(i, random)),
    liquidityIndex: reserves.map(() => toRay(random.between(1, 1.2), random)),
    borrowIndex: reserves.map(() => toRay(random.between(1, 1.4), random)),
  }
}

export const indexOf = (market: BenchMarket, { reserve, debt }: BenchSlot): bigint =>
  (debt ? market.borrowIndex : market.liquidityIndex)[reserve] ?? RAY

export const feedOf = (reserve: number): FeedId => `reserve:${reserve}`

/** The slots as a strategy describes them to the scanner. */
export const domainSlots = (market: BenchMarket): Slot[] =>
  market.slots.map(({ reserve, debt }) => ({
    kind: debt ? 'debt' : 'collateral',
    feed: feedOf(reserve),
    unit: market.units[reserve] ?? 1n,
  }))
