import type { Hex } from '../../../../src/domain/chain.js'
import type { PlanChoice, PositionAfter } from '../../../../src/domain/plan.js'
import { WAD } from '../../../../src/domain/maths.js'
import { POOL_TOPIC } from '../../../../strategies/aave-v3/signatures.js'
import {
  isCollateral,
  isDebtKey,
  reserveOfKey,
  type AaveState,
  type Reserve,
} from '../../../../strategies/aave-v3/state.js'
import { wordAt } from '../../../../src/domain/abi-words.js'
import type { Case } from './draw.js'
import type { SimulatedCall } from './world.js'

/** Asks for more than any limit allows: the pool then takes all that it allows. */
export const ALL_THERE_IS = 2n ** 128n - 1n

/** The pair of the liquidation behind the first: every third case the same one, else the last of each kind. */
export function secondPair(state: AaveState, { position, collateral, debt, repay }: Case): readonly [Reserve, Reserve] {
  if (repay % 3n === 0n) return [collateral, debt]
  const held = (owed: boolean): Reserve | undefined =>
    position.keys
      .filter((key, i) => isDebtKey(key) === owed && (position.amounts[i] ?? 0n) > 0n)
      .map((key) => state.reserve(reserveOfKey(key)))
      .filter((reserve) => owed || isCollateral(position, reserve.id))
      .at(-1)
  return [held(false) ?? collateral, held(true) ?? debt]
}

/** What the strategy said of the position behind the first call, against the pool's account and its second call. */
export function judgeAfter(
  state: AaveState,
  drawn: Case,
  after: PositionAfter | null,
  account: SimulatedCall,
  call: SimulatedCall,
): { readonly branch: string; readonly differences: readonly string[] } {
  if (after === null) return { branch: 'then nothing', differences: ['no answer for what comes after a legal call'] }
  const healthFactor = wordAt(account.data, 5)
  const differences: string[] = []
  const collateralLeft = wordAt(account.data, 0) > 0n
  const liquidatable = healthFactor < WAD && collateralLeft
  if (after.liquidatable !== liquidatable) {
    differences.push(`afterwards liquidatable: ${String(after.liquidatable)}, health factor ${String(healthFactor)}`)
  }
  const [collateral, debt] = secondPair(state, drawn)
  const choice = after
    .choices()
    .find((one) => one.collateral.address === collateral.asset && one.debt.address === debt.asset)
  const predicted = predictionOf(choice)
  if (predicted === null || 'refusal' in predicted) {
    const code = predicted?.refusal ?? 'no such pair'
    if (call.ok) differences.push(`afterwards predicted ${code}, the chain liquidates`)
    return { branch: `then ${code}`, differences }
  }
  if (predicted.healthFactor !== healthFactor) {
    differences.push(`afterwards health factor ${String(predicted.healthFactor)}, chain ${String(healthFactor)}`)
  }
  const data: Hex = call.logs.find(({ topics }) => topics[0] === POOL_TOPIC.LiquidationCall)?.data ?? '0x'
  const theirs = call.ok ? [wordAt(data, 0), wordAt(data, 1)].join(' → ') : `revert ${call.data}`
  const mine = `${String(predicted.repay)} → ${String(predicted.seize)}`
  if (mine !== theirs) differences.push(`afterwards ${mine}, chain ${theirs}`)
  return { branch: 'then another', differences }
}

type Prediction = { readonly refusal: string } | { repay: bigint; seize: bigint; healthFactor: bigint }

function predictionOf(choice: PlanChoice | undefined): Prediction | null {
  if (choice === undefined) return null
  if ('refusal' in choice) return { refusal: choice.refusal.code }
  const amounts = choice.at(ALL_THERE_IS)
  return 'code' in amounts ? { refusal: amounts.code } : { ...amounts, healthFactor: choice.healthFactor }
}
