import type { Address } from '../../src/domain/chain.js'
import { maxOf, minOf } from '../../src/domain/maths.js'
import type { PositionId, Token } from '../../src/domain/market.js'
import type { PriceView } from '../../src/domain/prices.js'
import { type Refusal, refuse } from '../../src/domain/refusal.js'
import type { Amounts, Plan, PlanChoice, PositionAfter } from '../../src/domain/plan.js'
import { positionAfter } from './after-liquidation.js'
import { contractOf } from './contracts.js'
import { borrowIndexAt, liquidityIndexAt } from './interest.js'
import { type Effect, type Pair, largestAllowed, liquidate } from './liquidation.js'
import { collateralPriceOfCall, debtPriceOfCall, valuationPrice } from './prices.js'
import { type Account, accountOf, debtBalanceAt } from './solvency.js'
import { type AaveState, type Position, type Reserve, isCollateral, isDebtKey, reserveOfKey } from './state.js'
import { bonusOf, invalid } from './validation.js'

/** A plan of this strategy knows the pool it calls. */
export interface AavePlan extends Plan {
  readonly pool: Address
}

interface Holding {
  readonly reserve: Reserve
  readonly scaled: bigint
}

interface Context {
  readonly state: AaveState
  readonly id: PositionId
  readonly position: Position
  readonly account: Account
  readonly at: PriceView
  readonly deadline: bigint
  /** By reserve id: liquidity that earlier liquidations of the same transaction took out (negative: paid in). */
  readonly taken: ReadonlyMap<number, bigint>
}

const tokenOf = ({ asset, symbol, decimals }: Reserve): Token => ({ address: asset, symbol, decimals })

/**
 * Every (enabled collateral, debt) pair of a position: what one liquidationCall can do, or why the pool would revert, in the
 * order in which ValidationLogic.validateLiquidationCall asks. Nothing for a position that is not fully known.
 */
export function plansOf(state: AaveState, id: PositionId, at: PriceView, deadline: bigint): PlanChoice[] {
  const position = state.positions.get(id)
  if (position === undefined || state.stale.positions.has(id)) return []
  return choicesOf({ state, id, position, account: accountOf(state, position, at), at, deadline, taken: new Map() })
}

function choicesOf(context: Context): PlanChoice[] {
  const { state, position } = context
  const debts = holdings(state, position, true)
  const collaterals = holdings(state, position, false).filter(({ reserve }) => isCollateral(position, reserve.id))
  if (collaterals.length === 0) {
    const refusal = refuse('no-collateral', 'the position has debt and no collateral: nothing can be seized')
    return debts.map(({ reserve }) => ({ refusal, collateral: tokenOf(reserve), debt: tokenOf(reserve) }))
  }
  return collaterals.flatMap((collateral) => debts.map((debt) => choiceOf(context, collateral, debt)))
}

function holdings(state: AaveState, position: Position, debt: boolean): Holding[] {
  const found: Holding[] = []
  for (const [i, key] of position.keys.entries()) {
    const scaled = position.amounts[i] ?? 0n
    const reserve = state.reserves[reserveOfKey(key)]
    if (scaled > 0n && reserve && isDebtKey(key) === debt) found.push({ reserve, scaled })
  }
  return found
}

function choiceOf(context: Context, collateral: Holding, debt: Holding): PlanChoice {
  const tokens = { collateral: tokenOf(collateral.reserve), debt: tokenOf(debt.reserve) }
  const refusal = invalid(context, collateral.reserve, debt.reserve)
  if (refusal !== null) return { refusal, ...tokens }
  const pair = pairOf(context, collateral, debt)
  const atLimit = liquidate(pair, pair.debtBalance)
  const maxRepay = 'code' in atLimit ? largestAllowed(pair) : atLimit.repay
  if (maxRepay === null) return { refusal: 'code' in atLimit ? atLimit : noRepay(), ...tokens }
  // asking for all that the pool allows means all, also where rounding would leave a few wei
  const effectOf = (repay: bigint): Effect | Refusal =>
    repay >= maxRepay && !('code' in atLimit) ? atLimit : liquidate(pair, repay)
  const plan: AavePlan = {
    pool: contractOf(context.state.market, 'pool'),
    market: context.state.market.id,
    position: context.id,
    ...tokens,
    collateralPrice: pair.collateralPrice,
    debtPrice: pair.debtPrice,
    healthFactor: context.account.healthFactor,
    maxRepay,
    availableCollateral: pair.available,
    at: (repay) => {
      const effect = effectOf(repay)
      return 'code' in effect ? effect : amountsOf(context, collateral, debt, pair, effect)
    },
    after: (repay) => {
      const effect = effectOf(repay)
      return 'code' in effect ? null : after(context, pair, effect)
    },
  }
  return plan
}

/** The position behind the call: its indexes stand still until the block ends, its prices until somebody moves them. */
function after(context: Context, pair: Pair, effect: Effect): PositionAfter {
  const { state, at, taken } = context
  const position = positionAfter(context.position, pair, effect)
  const account = accountOf(state, position, at)
  const moved = new Map(taken)
  const add = (id: number, amount: bigint): unknown => moved.set(id, (moved.get(id) ?? 0n) + amount)
  add(pair.collateralId, effect.seize)
  add(pair.debtId, -effect.repay)
  return {
    liquidatable: account.liquidatable && position.flags !== 0n,
    choices: () => choicesOf({ ...context, position, account, taken: moved }),
  }
}

const noRepay = (): Refusal => refuse('dust-rule', 'no repayment satisfies the pool')

function pairOf(context: Context, collateral: Holding, debt: Holding): Pair {
  const { state, position, account, at } = context
  const liquidityIndex = liquidityIndexAt(collateral.reserve, at.timestamp)
  const borrowIndex = borrowIndexAt(debt.reserve, state.rules, at.timestamp)
  return {
    rules: state.rules,
    collateralId: collateral.reserve.id,
    debtId: debt.reserve.id,
    healthFactor: account.healthFactor,
    totalCollateralBase: account.collateralBase,
    totalDebtBase: account.debtBase,
    otherDebtBase: otherDebtBase(context, debt.reserve),
    collateralPrice: collateralPriceOfCall(state, position.eMode, collateral.reserve, at),
    collateralUnit: collateral.reserve.unit,
    collateralScaled: collateral.scaled,
    collateralBalance: state.rules.collateralBalance(collateral.scaled, liquidityIndex),
    liquidityIndex,
    debtPrice: debtPriceOfCall(state, position.eMode, debt.reserve, at),
    debtUnit: debt.reserve.unit,
    debtScaled: debt.scaled,
    debtBalance: state.rules.debtBalance(debt.scaled, borrowIndex),
    borrowIndex,
    bonus: bonusOf(state, position, collateral.reserve),
    protocolFee: collateral.reserve.protocolFee,
    available: collateral.reserve.available - (context.taken.get(collateral.reserve.id) ?? 0n),
  }
}

/** LiquidationLogic._burnBadDebt writes off what the borrower owes in every other active reserve. */
function otherDebtBase({ state, position, at }: Context, debt: Reserve): bigint {
  let sum = 0n
  for (const { reserve, scaled } of holdings(state, position, true)) {
    if (reserve.id === debt.id || !reserve.active) continue
    const price = valuationPrice(state, position.eMode, reserve, at)
    sum += state.rules.debtBase(debtBalanceAt(state, reserve, scaled, at.timestamp), price, reserve.unit)
  }
  return sum
}

function amountsOf(context: Context, collateral: Holding, debt: Holding, pair: Pair, effect: Effect): Amounts {
  const { repay, seize, protocolFee, deficitBase } = effect
  const all = effect.fullDebt || effect.capped
  const debtToCover = all ? cover(context, collateral, debt, pair, effect) : repay
  return { debtToCover, repay, seize, protocolFee, deficitBase }
}

/**
 * The argument of a call that means "all": the full debt with interest to the deadline, or, where the collateral is the
 * bound, enough to reach all of the collateral that interest can add until then, so that neither leaves dust behind.
 */
function cover({ state, deadline }: Context, collateral: Holding, debt: Holding, pair: Pair, effect: Effect): bigint {
  const debtThen = debtBalanceAt(state, debt.reserve, debt.scaled, deadline)
  if (effect.fullDebt && !effect.capped) return maxOf(debtThen, effect.repay)
  const collateralThen = state.rules.collateralBalance(
    collateral.scaled,
    liquidityIndexAt(collateral.reserve, deadline),
  )
  // the smallest base amount whose bonus certainly exceeds the collateral, then the debt that buys it
  const base = (collateralThen * 10_000n) / pair.bonus + 2n
  const needed = (base * pair.collateralPrice * pair.debtUnit) / (pair.debtPrice * pair.collateralUnit) + 1n
  return maxOf(minOf(needed, debtThen), effect.repay)
}
