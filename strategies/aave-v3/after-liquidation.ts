import { maxOf, minOf } from '../../src/domain/maths.js'
import type { Effect, Pair } from './liquidation.js'
import { type Position, collateralKey, debtKey, isDebtKey } from './state.js'

/**
 * The borrower's balances as one liquidation call leaves them (LiquidationLogic: `_burnDebtTokens`, `_burnCollateralATokens`,
 * the transfer of the protocol's fee, `_burnBadDebt`), each in scaled units with the token's own rounding. Pure.
 */
export function positionAfter(position: Position, pair: Pair, effect: Effect): Position {
  const owed = pair.debtScaled - minOf(burnedDebt(pair, effect), pair.debtScaled)
  const held = maxOf(pair.collateralScaled - takenCollateral(pair, effect), 0n)
  const amounts = position.keys.map((key, i) => {
    if (key === collateralKey(pair.collateralId)) return held
    if (effect.writtenOff && isDebtKey(key)) return 0n
    return key === debtKey(pair.debtId) ? owed : (position.amounts[i] ?? 0n)
  })
  const bit = 1n << BigInt(pair.collateralId)
  const flags = effect.allCollateral && (position.flags & bit) !== 0n ? position.flags - bit : position.flags
  return { eMode: position.eMode, flags, keys: position.keys, amounts }
}

const burnedDebt = ({ rules, borrowIndex, debtScaled }: Pair, { repay, fullDebt }: Effect): bigint =>
  fullDebt ? debtScaled : rules.debtScaled(repay, borrowIndex)

/** Burned for the liquidator, and moved to the treasury. */
const takenCollateral = ({ rules, liquidityIndex }: Pair, { seize, protocolFee }: Effect): bigint =>
  rules.collateralScaled(seize, liquidityIndex) +
  (protocolFee === 0n ? 0n : rules.collateralScaled(protocolFee, liquidityIndex))
