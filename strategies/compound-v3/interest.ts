/** Scales of CometCore: indices 1e15, factors (rates, collateral factors, utilization) 1e18. */
export const BASE_INDEX_SCALE = 10n ** 15n
export const FACTOR_SCALE = 10n ** 18n
const BASE_ACCRUAL_SCALE = 10n ** 6n

/** CometStorage.TotalsBasic. Totals are principals, indices grow from 1e15, times in unix seconds. */
export interface Totals {
  readonly supplyIndex: bigint
  readonly borrowIndex: bigint
  readonly trackingSupplyIndex: bigint
  readonly trackingBorrowIndex: bigint
  readonly totalSupply: bigint
  readonly totalBorrow: bigint
  readonly accruedAt: bigint
}

/** One side of the interest model: factors per second, kink as utilization. */
export interface RateModel {
  readonly kink: bigint
  readonly slopeLow: bigint
  readonly slopeHigh: bigint
  readonly base: bigint
}

/** What accrual needs of the configuration, all of it immutable in the implementation. */
export interface InterestConfig {
  readonly baseScale: bigint
  readonly supply: RateModel
  readonly borrow: RateModel
  readonly trackingSupplySpeed: bigint
  readonly trackingBorrowSpeed: bigint
  readonly minForRewards: bigint
}

/** CometMath `mulFactor`: n · factor / 1e18, rounded down. */
export const mulFactor = (n: bigint, factor: bigint): bigint => (n * factor) / FACTOR_SCALE

/** Comet.getSupplyRate and getBorrowRate: each product is rounded down by itself. */
export function rateAt({ kink, slopeLow, slopeHigh, base }: RateModel, utilization: bigint): bigint {
  if (utilization <= kink) return base + mulFactor(slopeLow, utilization)
  return base + mulFactor(slopeLow, kink) + mulFactor(slopeHigh, utilization - kink)
}

/** Tokens of a principal at an index, rounded down for suppliers and borrowers alike (CometCore `presentValueSupply/Borrow`). */
export const presentValue = (principal: bigint, index: bigint): bigint => (principal * index) / BASE_INDEX_SCALE

/** Signed balance of a signed principal; rounded towards zero (CometCore `presentValue`). */
export const balanceOf = (principal: bigint, { supplyIndex, borrowIndex }: Totals): bigint =>
  principal >= 0n ? presentValue(principal, supplyIndex) : -presentValue(-principal, borrowIndex)

/** Signed principal of a signed balance: supply rounded down, debt rounded up (CometCore `principalValue`). */
export function principalOf(balance: bigint, { supplyIndex, borrowIndex }: Totals): bigint {
  if (balance >= 0n) return (balance * BASE_INDEX_SCALE) / supplyIndex
  return -((-balance * BASE_INDEX_SCALE + borrowIndex - 1n) / borrowIndex)
}

/** Comet.getUtilization: by the stored indices, not accrued ones; rounded down. */
export function utilizationOf(totals: Totals): bigint {
  const supplied = presentValue(totals.totalSupply, totals.supplyIndex)
  if (supplied === 0n) return 0n
  return (presentValue(totals.totalBorrow, totals.borrowIndex) * FACTOR_SCALE) / supplied
}

/**
 * Comet.accrueInternal at `now`: every later view of indices and every call that moves base is by these. The rates hold
 * for the whole stretch since the last accrual. A time before it changes nothing.
 */
export function accrue(totals: Totals, config: InterestConfig, now: bigint): Totals {
  const elapsed = now - totals.accruedAt
  if (elapsed <= 0n) return totals
  const utilization = utilizationOf(totals)
  const { totalSupply, totalBorrow } = totals
  const grown = (index: bigint, model: RateModel): bigint =>
    index + mulFactor(index, rateAt(model, utilization) * elapsed)
  const tracked = (index: bigint, speed: bigint, total: bigint): bigint =>
    total >= config.minForRewards ? index + (speed * elapsed * config.baseScale) / total : index
  return {
    ...totals,
    supplyIndex: grown(totals.supplyIndex, config.supply),
    borrowIndex: grown(totals.borrowIndex, config.borrow),
    trackingSupplyIndex: tracked(totals.trackingSupplyIndex, config.trackingSupplySpeed, totalSupply),
    trackingBorrowIndex: tracked(totals.trackingBorrowIndex, config.trackingBorrowSpeed, totalBorrow),
    accruedAt: now,
  }
}

/** A principal that changes from one value to another, as the totals follow it (`repayAndSupplyAmount`, `withdrawAndBorrowAmount`). */
export function moveTotals(totals: Totals, before: bigint, after: bigint): Totals {
  const supplied = (principal: bigint): bigint => (principal > 0n ? principal : 0n)
  const owed = (principal: bigint): bigint => (principal < 0n ? -principal : 0n)
  return {
    ...totals,
    totalSupply: totals.totalSupply + supplied(after) - supplied(before),
    totalBorrow: totals.totalBorrow + owed(after) - owed(before),
  }
}

/** Comet.getReserves for a base balance and totals that were accrued to the block; may be negative. */
export const reservesOf = (baseBalance: bigint, totals: Totals): bigint =>
  baseBalance -
  presentValue(totals.totalSupply, totals.supplyIndex) +
  presentValue(totals.totalBorrow, totals.borrowIndex)

/** Rewards that a principal earned since `since`, in the accrual's 6 decimals, rounded down twice (`updateBasePrincipal`). */
export const trackingAccrued = (
  principal: bigint,
  since: bigint,
  totals: Totals,
  { baseScale, trackingIndexScale }: { readonly baseScale: bigint; readonly trackingIndexScale: bigint },
): bigint => {
  const index = principal >= 0n ? totals.trackingSupplyIndex : totals.trackingBorrowIndex
  const size = principal >= 0n ? principal : -principal
  return (size * (index - since)) / trackingIndexScale / (baseScale / BASE_ACCRUAL_SCALE)
}
