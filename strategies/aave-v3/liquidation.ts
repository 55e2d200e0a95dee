import { minOf, percentMulHalfUp } from '../../src/domain/maths.js'
import { type Refusal, refuse } from '../../src/domain/refusal.js'
import type { RuleSet } from './rules.js'

const CLOSE_FACTOR_BPS = 5_000n
const CLOSE_FACTOR_HF_THRESHOLD = 950_000_000_000_000_000n
/** LiquidationLogic takes the base currency for USD with 8 decimals. */
const MIN_BASE_MAX_CLOSE_FACTOR = 2_000n * 10n ** 8n
const MIN_LEFTOVER_BASE = MIN_BASE_MAX_CLOSE_FACTOR / 2n

/** Everything LiquidationLogic.executeLiquidationCall knows of one (collateral, debt) pair of one borrower. */
export interface Pair {
  readonly rules: RuleSet
  /** Reserve ids. */
  readonly collateralId: number
  readonly debtId: number
  readonly healthFactor: bigint
  /** Of the whole position, base currency. */
  readonly totalCollateralBase: bigint
  readonly totalDebtBase: bigint
  /** Debt of the borrower in other active reserves, which a deficit writes off too, base currency. */
  readonly otherDebtBase: bigint
  readonly collateralPrice: bigint
  readonly collateralUnit: bigint
  readonly collateralScaled: bigint
  readonly collateralBalance: bigint
  readonly liquidityIndex: bigint
  readonly debtPrice: bigint
  readonly debtUnit: bigint
  readonly debtScaled: bigint
  readonly debtBalance: bigint
  readonly borrowIndex: bigint
  /** 10500n is a bonus of 5 %. */
  readonly bonus: bigint
  /** Share of the bonus that the protocol keeps, basis points. */
  readonly protocolFee: bigint
  /** Collateral that can leave the pool. */
  readonly available: bigint
}

/** The effect of one call, raw token units; `deficitBase` in base currency. */
export interface Effect {
  readonly repay: bigint
  readonly seize: bigint
  readonly protocolFee: bigint
  readonly deficitBase: bigint
  /** All of the collateral was taken before all of the asked debt was covered. */
  readonly capped: boolean
  readonly fullDebt: boolean
  /** All of this collateral left the borrower, the protocol's share included: it no longer counts as collateral. */
  readonly allCollateral: boolean
  /** No collateral of any kind is left and what is still owed was written off (revisions ≥ 3.3). */
  readonly writtenOff: boolean
}

/** Most debt of this reserve that one call may cover (close factor), raw units. */
export function closeFactorLimit(pair: Pair): bigint {
  const { rules, debtBalance, healthFactor } = pair
  if (rules.closeFactor === 'reserve') {
    return percentMulHalfUp(debtBalance, healthFactor > CLOSE_FACTOR_HF_THRESHOLD ? CLOSE_FACTOR_BPS : 10_000n)
  }
  const debtBase = rules.debtBase(debtBalance, pair.debtPrice, pair.debtUnit)
  const collateralBase = (pair.collateralBalance * pair.collateralPrice) / pair.collateralUnit
  const big = collateralBase >= MIN_BASE_MAX_CLOSE_FACTOR && debtBase >= MIN_BASE_MAX_CLOSE_FACTOR
  if (!big || healthFactor <= CLOSE_FACTOR_HF_THRESHOLD) return debtBalance
  const limitBase = percentMulHalfUp(pair.totalDebtBase, CLOSE_FACTOR_BPS)
  return debtBase > limitBase ? (limitBase * pair.debtUnit) / pair.debtPrice : debtBalance
}

interface Taken {
  readonly repay: bigint
  /** Fee included. */
  readonly collateral: bigint
  readonly fee: bigint
  readonly capped: boolean
}

/** LiquidationLogic._calculateAvailableCollateralToLiquidate. */
function collateralFor(pair: Pair, debtToCover: bigint): Taken {
  const { rules, collateralPrice, collateralUnit, debtPrice, debtUnit, bonus } = pair
  const base = (debtPrice * debtToCover * collateralUnit) / (collateralPrice * debtUnit)
  const wanted = rules.withBonus(base, bonus)
  const capped = wanted > pair.collateralBalance
  const collateral = capped ? pair.collateralBalance : wanted
  const repay = capped
    ? rules.debtNeeded((collateralPrice * collateral * debtUnit) / (debtPrice * collateralUnit), bonus)
    : debtToCover
  const fee =
    pair.protocolFee === 0n
      ? 0n
      : rules.protocolFee(collateral - rules.withoutBonus(collateral, bonus), pair.protocolFee)
  return { repay, collateral, fee, capped }
}

/** The part of LiquidationLogic.executeLiquidationCall after its validation, for a call with `debtToCover`; exact. */
export function liquidate(pair: Pair, debtToCover: bigint): Effect | Refusal {
  const { rules } = pair
  const taken = collateralFor(pair, minOf(debtToCover, closeFactorLimit(pair)))
  const seize = taken.collateral - taken.fee
  const refusal = leavesDust(pair, taken) ?? burnsNothing(pair, taken) ?? lacksLiquidity(pair, seize)
  if (refusal !== null) return refusal
  const outstanding = pair.debtBalance - taken.repay
  const writtenOff = takesEverything(pair, taken)
  const deficitBase = writtenOff
    ? (outstanding > 0n ? rules.debtBase(outstanding, pair.debtPrice, pair.debtUnit) : 0n) + pair.otherDebtBase
    : 0n
  return {
    repay: taken.repay,
    seize,
    protocolFee: feeTransferred(pair, seize, taken.fee),
    deficitBase,
    capped: taken.capped,
    fullDebt: taken.repay === pair.debtBalance,
    allCollateral: taken.collateral === pair.collateralBalance,
    writtenOff,
  }
}

function leavesDust(pair: Pair, { repay, collateral }: Taken): Refusal | null {
  if (!pair.rules.dustRule || repay >= pair.debtBalance || collateral >= pair.collateralBalance) return null
  const debtLeft = pair.rules.debtBase(pair.debtBalance - repay, pair.debtPrice, pair.debtUnit)
  const collateralLeft = ((pair.collateralBalance - collateral) * pair.collateralPrice) / pair.collateralUnit
  if (debtLeft >= MIN_LEFTOVER_BASE && collateralLeft >= MIN_LEFTOVER_BASE) return null
  const least = debtLeft < collateralLeft ? debtLeft : collateralLeft
  return refuse('dust-rule', 'would leave less than 1,000 of debt or collateral in base currency', least.toString())
}

/** The tokens refuse to burn a scaled amount of zero. */
function burnsNothing(pair: Pair, { repay, collateral, fee }: Taken): Refusal | null {
  const { rules } = pair
  const burnedDebt = rules.debtScaled(
    takesEverything(pair, { repay, collateral, fee }) ? pair.debtBalance : repay,
    pair.borrowIndex,
  )
  if (burnedDebt > 0n && rules.collateralScaled(collateral - fee, pair.liquidityIndex) > 0n) return null
  return refuse('dust-rule', 'the amount is too small for the tokens to burn anything', repay.toString())
}

function lacksLiquidity(pair: Pair, seize: bigint): Refusal | null {
  if (seize <= pair.available) return null
  return refuse(
    'no-liquidity',
    'the collateral reserve holds less than the call would take out',
    pair.available.toString(),
  )
}

/** LiquidationLogic `hasNoCollateralLeft`. */
function takesEverything(pair: Pair, { collateral, fee }: Pick<Taken, 'repay' | 'collateral' | 'fee'>): boolean {
  const { rules } = pair
  if (rules.deficit === 'none') return false
  if (rules.deficit === 'by-base') {
    return pair.totalCollateralBase === (collateral * pair.collateralPrice) / pair.collateralUnit
  }
  const burned =
    rules.collateralScaled(collateral - fee, pair.liquidityIndex) + rules.collateralScaled(fee, pair.liquidityIndex)
  const consumed = rules.collateralBalance(minOf(burned, pair.collateralScaled), pair.liquidityIndex)
  return pair.totalCollateralBase === (consumed * pair.collateralPrice) / pair.collateralUnit
}

/** The fee is cut to what the rounding of the burn before it left in scaled balance. */
function feeTransferred(pair: Pair, seize: bigint, fee: bigint): bigint {
  const { rules, liquidityIndex } = pair
  const left = pair.collateralScaled - rules.collateralScaled(seize, liquidityIndex)
  return rules.collateralScaled(fee, liquidityIndex) > left ? rules.collateralBalance(left, liquidityIndex) : fee
}

/**
 * The largest repayment that the dust rule and the liquidity of the collateral allow, when a call at the limit is refused
 * for one of them; null when none is. Both leftovers shrink and the seizure grows with the repayment, so the allowed
 * amounts below the limit are an interval that begins at the smallest burn.
 */
export function largestAllowed(pair: Pair): bigint | null {
  const limit = closeFactorLimit(pair)
  let low = 0n
  let high = limit
  while (low < high) {
    const middle = (low + high + 1n) / 2n
    const taken = collateralFor(pair, middle)
    const tooMuch = leavesDust(pair, taken) ?? lacksLiquidity(pair, taken.collateral - taken.fee)
    if (tooMuch === null) low = middle
    else high = middle - 1n
  }
  return low > 0n && !('code' in liquidate(pair, low)) ? low : null
}
