import { MAX_UINT256, PERCENTAGE_FACTOR, WAD, percentMulHalfUp, wadDivHalfUp } from '../../src/domain/maths.js'
import type { PriceView } from '../../src/domain/prices.js'
import type { Solvency } from '../../src/domain/strategy.js'
import { borrowIndexAt, liquidityIndexAt } from './interest.js'
import { valuationPrice } from './prices.js'
import { type AaveState, type Position, type Reserve, eModeOf, isCollateral, isDebtKey, reserveOfKey } from './state.js'

/** A position's figures as GenericLogic.calculateUserAccountData has them, and whether every price it asks for exists. */
export interface Account extends Solvency {
  /** False when the oracle has no price for one of the assets: the pool then reverts whatever is called. */
  readonly priced: boolean
}

/** Balance in tokens of the aToken at `timestamp`. */
export const collateralBalanceAt = (state: AaveState, reserve: Reserve, scaled: bigint, timestamp: bigint): bigint =>
  state.rules.collateralBalance(scaled, liquidityIndexAt(reserve, timestamp))

/** Balance in tokens of the variable debt token at `timestamp`. */
export const debtBalanceAt = (state: AaveState, reserve: Reserve, scaled: bigint, timestamp: bigint): bigint =>
  state.rules.debtBalance(scaled, borrowIndexAt(reserve, state.rules, timestamp))

/** The liquidation threshold that counts for a collateral in basis points; null when it does not count as collateral. */
export function thresholdOf(state: AaveState, eMode: number, reserve: Reserve): bigint | null {
  if (state.rules.ownThresholdRequired && reserve.threshold === 0n) return null
  return eModeOf(state, eMode, reserve)?.threshold ?? reserve.threshold
}

/**
 * GenericLogic.calculateUserAccountData of this revision, to the wei. Base amounts are in the oracle's base currency, the
 * health factor in wad; without debt it is 2^256 − 1.
 */
export function accountOf(state: AaveState, position: Position, at: PriceView): Account {
  const { rules } = state
  let collateralBase = 0n
  let debtBase = 0n
  let weighted = 0n
  let priced = true
  for (const [i, key] of position.keys.entries()) {
    const scaled = position.amounts[i] ?? 0n
    const reserve = state.reserves[reserveOfKey(key)]
    if (scaled === 0n || !reserve) continue
    if (isDebtKey(key)) {
      const price = valuationPrice(state, position.eMode, reserve, at)
      priced &&= price > 0n
      debtBase += rules.debtBase(debtBalanceAt(state, reserve, scaled, at.timestamp), price, reserve.unit)
      continue
    }
    if (!isCollateral(position, reserve.id)) continue
    const threshold = thresholdOf(state, position.eMode, reserve)
    const price = valuationPrice(state, position.eMode, reserve, at)
    priced &&= price > 0n
    if (threshold === null) continue
    const value = (collateralBalanceAt(state, reserve, scaled, at.timestamp) * price) / reserve.unit
    collateralBase += value
    weighted += value * threshold
  }
  const healthFactor = healthFactorOf(rules.averagedThreshold, collateralBase, weighted, debtBase)
  return { healthFactor, collateralBase, debtBase, priced, liquidatable: priced && healthFactor < WAD }
}

/** `weighted` is Σ collateral · threshold in basis points. */
function healthFactorOf(averaged: boolean, collateralBase: bigint, weighted: bigint, debtBase: bigint): bigint {
  if (debtBase === 0n) return MAX_UINT256
  if (!averaged) return wadDivHalfUp(weighted, debtBase) / PERCENTAGE_FACTOR
  const threshold = collateralBase === 0n ? 0n : weighted / collateralBase
  return wadDivHalfUp(percentMulHalfUp(collateralBase, threshold), debtBase)
}
