import type { FeedId } from '../../../../src/domain/prices.js'
import { MAX_UINT256 } from '../../../../src/domain/maths.js'
import { type Refusal, refuse } from '../../../../src/domain/refusal.js'
import type { Amounts } from '../../../../src/domain/plan.js'
import { collateralBalanceAt, debtBalanceAt } from '../../../../strategies/aave-v3/solvency.js'
import { eModeFeed } from '../../../../strategies/aave-v3/prices.js'
import {
  type AaveState,
  type Position,
  ZERO_ADDRESS,
  collateralKey,
  debtKey,
  eModeOf,
  scaledOf,
} from '../../../../strategies/aave-v3/state.js'
import { aaveV3 } from '../../../../strategies/aave-v3/strategy.js'
import type { Address } from '../../../../src/domain/chain.js'
import type { Verdict } from './judge-case.js'
import { viewOf } from './prices.js'
import type { VectorCase, VectorFile } from './vector-file.js'

/** Which reverts a refusal foretells: numbers as text up to 3.3, errors of their own from 3.4 on, 0x from assembly. */
const REVERTS: Readonly<Record<string, readonly string[]>> = {
  healthy: ['45', 'HealthFactorNotBelowThreshold'],
  paused: ['29', 'ReservePaused'],
  'grace-period': ['97', 'LiquidationGraceSentinelCheckFailed'],
  sentinel: ['59', 'PriceOracleSentinelCheckFailed'],
  'dust-rule': ['103', 'MustNotLeaveDust', '25', 'InvalidBurnAmount'],
  'no-collateral': ['46', 'CollateralCannotBeLiquidated', '0x'],
  'no-liquidity': ['Panic(0x11)', 'GPv2: failed transfer', 'ERC20: transfer amount exceeds balance'],
}

/** Compares one recorded case with what the strategy says of the same state. */
export function judgeVector(file: VectorFile, state: AaveState, one: VectorCase): Verdict {
  const differences: string[] = []
  const equal = (what: string, mine: bigint, theirs: string | bigint): void => {
    if (String(mine) !== String(theirs)) differences.push(`${what}: replica ${String(mine)}, chain ${String(theirs)}`)
  }
  const id = file.positions[one.id]?.[0] ?? ''
  const prices = pricesOf(file, state, one)
  const at = viewOf(prices as ReadonlyMap<Address, bigint>, BigInt(one.t))
  const solvency = aaveV3.solvency(state, id, at)
  equal('collateralBase', solvency.collateralBase, one.account[0])
  equal('debtBase', solvency.debtBase, one.account[1])
  equal('healthFactor', solvency.healthFactor, one.account[2])
  const predicted = predict(state, id, one, at, differences)
  if ('code' in predicted) {
    const chain = one.revert ?? 'success'
    if (!foretold(predicted.code, one).includes(chain)) {
      differences.push(`predicted ${predicted.code} (${predicted.detail}), chain: ${chain}`)
    }
    return { branches: [`refused ${predicted.code}`], differences }
  }
  const { out } = one
  if (out === undefined) {
    differences.push(
      `predicted ${String(predicted.repay)} → ${String(predicted.seize)}, chain: ${one.revert ?? 'nothing'}`,
    )
    return { branches: [], differences }
  }
  equal('repay', predicted.repay, out[0])
  equal('seize', predicted.seize, out[1])
  equal('protocolFee', predicted.protocolFee, out[2])
  equal('deficitBase', predicted.deficitBase, deficitBase(state, one, prices))
  return { branches: branchesOf(state, id, one), differences }
}

/** A pair that allows no amount at all is refused for what the full amount meets; a part may meet the other limit first. */
function foretold(code: string, { cover }: VectorCase): readonly string[] {
  const exact = REVERTS[code] ?? []
  const partial = cover !== 'max' && (code === 'dust-rule' || code === 'no-liquidity')
  return partial ? [...(REVERTS['dust-rule'] ?? []), ...(REVERTS['no-liquidity'] ?? [])] : exact
}

function pricesOf(file: VectorFile, state: AaveState, one: VectorCase): Map<FeedId, bigint> {
  const prices = new Map<FeedId, bigint>(
    file.reserves.map(({ asset }, i): [FeedId, bigint] => [asset, BigInt(one.p[i] ?? '')]),
  )
  for (const { id, priceAsset } of state.eModes.values()) {
    if (priceAsset !== ZERO_ADDRESS) prices.set(eModeFeed(id), BigInt(one.e ?? ''))
  }
  return prices
}

function predict(
  state: AaveState,
  id: string,
  one: VectorCase,
  at: ReturnType<typeof viewOf>,
  differences: string[],
): Amounts | Refusal {
  const [collateral, debt] = [state.reserve(one.c), state.reserve(one.d)]
  const choice = aaveV3
    .plans(state, id, at, at.timestamp + 60n)
    .find((pair) => pair.collateral.address === collateral.asset && pair.debt.address === debt.asset)
  if (choice === undefined) return refuse('no-debt', 'the strategy offers no such pair')
  if ('refusal' in choice) return choice.refusal
  const most = choice.at(choice.maxRepay)
  if ('code' in most) return refuse('no-debt', `maxRepay is refused: ${most.detail}`)
  if (most.debtToCover < most.repay) differences.push('debtToCover is below repay')
  const here = choice.at(one.cover === 'max' ? MAX_UINT256 : BigInt(one.cover))
  if (!('code' in here) && here.repay > choice.maxRepay) differences.push('more than maxRepay is allowed')
  return here
}

function deficitBase(state: AaveState, one: VectorCase, prices: ReadonlyMap<FeedId, bigint>): bigint {
  let sum = 0n
  for (const [id, amount] of one.deficit ?? []) {
    const { asset, unit } = state.reserve(id)
    sum += state.rules.debtBase(BigInt(amount), prices.get(asset) ?? 0n, unit)
  }
  return sum
}

/** The branches of the contract that the recorded figures went through. */
function branchesOf(state: AaveState, id: string, one: VectorCase): string[] {
  const [repay, seize, fee] = (one.out ?? []).map(BigInt)
  const position: Position | undefined = state.positions.get(id)
  if (repay === undefined || seize === undefined || fee === undefined || position === undefined) return []
  const [collateral, debt] = [state.reserve(one.c), state.reserve(one.d)]
  const owed = debtBalanceAt(state, debt, scaledOf(position, debtKey(debt.id)) ?? 0n, BigInt(one.t))
  const scaled = scaledOf(position, collateralKey(collateral.id)) ?? 0n
  const capped = seize + fee === collateralBalanceAt(state, collateral, scaled, BigInt(one.t))
  const deep = BigInt(one.account[2]) <= 950_000_000_000_000_000n
  const full = repay === owed
  const asked = one.cover === 'max' ? MAX_UINT256 : BigInt(one.cover)
  const category = eModeOf(state, position.eMode, collateral)
  const found: readonly (readonly [string, boolean])[] = [
    ['half', !deep && !full && !capped && asked > repay],
    ['full by health factor', deep && full],
    ['full by size', !deep && full],
    ['part', !capped && asked === repay],
    ['capped by collateral', capped],
    [fee > 0n ? 'protocol fee' : 'no protocol fee', true],
    [position.eMode === 0 ? 'no eMode' : category ? 'eMode, member' : 'eMode, other collateral', true],
    ['eMode price', state.eModes.get(position.eMode)?.priceAsset !== ZERO_ADDRESS && one.e !== undefined],
    ['own threshold zero', collateral.threshold === 0n],
    ['deficit', one.deficit !== undefined],
    ['deficit in several reserves', (one.deficit?.length ?? 0) > 1],
    ['same asset', one.c === one.d],
  ]
  return found.filter(([, went]) => went).map(([name]) => name)
}
