import { type Address, type Hex, type RawLog } from '../../../../src/domain/chain.js'
import { TREASURY } from '../../../../src/devnet/catalogue.js'
import { refuse, type Refusal } from '../../../../src/domain/refusal.js'
import type { Amounts, PlanChoice } from '../../../../src/domain/plan.js'
import { collateralBalanceAt, debtBalanceAt } from '../../../../strategies/aave-v3/solvency.js'
import { POOL_TOPIC } from '../../../../strategies/aave-v3/signatures.js'
import { type AaveState, collateralKey, debtKey, eModeOf, scaledOf } from '../../../../strategies/aave-v3/state.js'
import { aaveV3 } from '../../../../strategies/aave-v3/strategy.js'
import { topicAddress, wordAt } from '../../../../src/domain/abi-words.js'
import { keccak256, toUtf8Bytes } from 'ethers'
import type { Case } from './draw.js'
import { judgeAfter } from './judge-after.js'
import { viewOf } from './prices.js'
import type { SimulatedCall } from './world.js'

/** What became of a case: the branches it went through, and every difference between replica and chain. */
export interface Verdict {
  readonly branches: readonly string[]
  readonly differences: readonly string[]
}

/** v3.0 reverts with Aave's numbers as text, v3.6 with errors of their own. A pool out of funds panics or fails to transfer. */
const REVERTS: Readonly<Record<string, readonly string[]>> = {
  healthy: ['45', 'HealthFactorNotBelowThreshold()'],
  paused: ['29', 'ReservePaused()'],
  inactive: ['27', 'ReserveInactive()'],
  'grace-period': ['LiquidationGraceSentinelCheckFailed()'],
  'dust-rule': ['MustNotLeaveDust()', '25', 'InvalidBurnAmount()'],
  'no-collateral': ['46', 'CollateralCannotBeLiquidated()'],
  'no-liquidity': ['panic', 'transfer'],
}
const TRANSFER = keccak256(toUtf8Bytes('Transfer(address,address,uint256)'))

/** Compares one case with what the chain said. `state` has the logs of the case's preparation reduced into it. */
export function judgeCase(
  state: AaveState,
  drawn: Case,
  prices: ReadonlyMap<Address, bigint>,
  [account, call]: readonly [SimulatedCall, SimulatedCall],
  afterwards: readonly [SimulatedCall, SimulatedCall],
): Verdict {
  const differences: string[] = []
  const branches: string[] = []
  const at = viewOf(prices, drawn.timestamp)
  const equal = (what: string, mine: bigint, theirs: bigint): void => {
    if (mine !== theirs) differences.push(`${what}: replica ${String(mine)}, chain ${String(theirs)}`)
  }
  const solvency = aaveV3.solvency(state, drawn.id, at)
  equal('collateralBase', solvency.collateralBase, wordAt(account.data, 0))
  equal('debtBase', solvency.debtBase, wordAt(account.data, 1))
  equal('healthFactor', solvency.healthFactor, wordAt(account.data, 5))
  if (solvency.liquidatable && !screened(state, drawn.id, at))
    differences.push('the screen missed a liquidatable position')
  const predicted = predict(state, drawn, at)
  if ('code' in predicted) {
    branches.push(`refused ${predicted.code}`)
    const reason = call.ok ? 'success' : reasonOf(call.data)
    if (!allowedReverts(predicted, drawn).includes(reason))
      differences.push(`predicted ${predicted.code} (${predicted.detail}), chain: ${reason}`)
    return { branches, differences }
  }
  if (!call.ok) {
    differences.push(`predicted ${String(predicted.repay)} → ${String(predicted.seize)}, chain: ${reasonOf(call.data)}`)
    return { branches, differences }
  }
  compareCall(state, drawn, prices, predicted, call.logs, equal)
  branches.push(...branchesOf(state, drawn, solvency.healthFactor, predicted))
  const plan = choiceOf(state, drawn, at)
  const after = plan !== undefined && 'after' in plan ? (plan.after?.(drawn.repay) ?? null) : null
  const next = judgeAfter(state, drawn, after, ...afterwards)
  branches.push(next.branch)
  differences.push(...next.differences)
  return { branches, differences }
}

/**
 * A pair that no amount satisfies is refused with the reason of its limit; the amount that was drawn may be below that and
 * fail for the other of the two reasons that depend on the amount.
 */
function allowedReverts({ code, detail }: Refusal, { repay }: Case): readonly string[] {
  const byAmount = code === 'dust-rule' || code === 'no-liquidity'
  if (byAmount && detail.endsWith(OF_THE_PAIR) && repay > 0n)
    return [...(REVERTS['dust-rule'] ?? []), ...(REVERTS['no-liquidity'] ?? [])]
  return REVERTS[code] ?? []
}

const OF_THE_PAIR = ' (no amount is allowed)'

const choiceOf = (state: AaveState, drawn: Case, at: ReturnType<typeof viewOf>): PlanChoice | undefined =>
  aaveV3
    .plans(state, drawn.id, at, drawn.timestamp + 60n)
    .find(({ collateral, debt }) => collateral.address === drawn.collateral.asset && debt.address === drawn.debt.asset)

function predict(state: AaveState, drawn: Case, at: ReturnType<typeof viewOf>): Amounts | Refusal {
  const choice = choiceOf(state, drawn, at)
  if (choice === undefined) return refuse('no-debt', 'the strategy offers no such pair')
  if ('refusal' in choice) return { ...choice.refusal, detail: `${choice.refusal.detail}${OF_THE_PAIR}` }
  const most = choice.at(choice.maxRepay)
  if ('code' in most) return refuse('no-debt', `maxRepay is refused: ${most.detail}`)
  if (most.debtToCover < most.repay) return refuse('no-debt', 'debtToCover is below repay')
  const here = choice.at(drawn.repay)
  if (!('code' in here) && here.repay > choice.maxRepay) return refuse('no-debt', 'more than maxRepay is allowed')
  return here
}

/** The scan's sum as the scanner forms it: (amount ∓ 1) / unit in double precision. */
function screened(state: AaveState, id: Address, at: ReturnType<typeof viewOf>): boolean {
  const [row] = aaveV3.rows(state, [id])
  const { slots, f64, tolerance } = aaveV3.weights(state, at)
  let sum = 0
  for (const { slot, amount } of row?.entries ?? []) {
    const { kind, unit } = slots[slot] ?? { kind: 'constant', unit: 1n }
    sum += (Number(kind === 'debt' ? amount + 1n : amount - 1n) / Number(unit)) * (f64[slot] ?? 0)
  }
  return sum < tolerance
}

function compareCall(
  state: AaveState,
  drawn: Case,
  prices: ReadonlyMap<Address, bigint>,
  predicted: Amounts,
  logs: readonly RawLog[],
  equal: (what: string, mine: bigint, theirs: bigint) => void,
): void {
  const event = logs.find(({ topics }) => topics[0] === POOL_TOPIC.LiquidationCall)
  const data = event?.data ?? '0x'
  equal('repay', predicted.repay, wordAt(data, 0))
  equal('seize', predicted.seize, wordAt(data, 1))
  const fee = logs.find(
    ({ address, topics }) =>
      address === drawn.collateral.aToken && topics[0] === TRANSFER && topicAddress(topics, 2) === TREASURY,
  )
  equal('protocolFee', predicted.protocolFee, fee ? wordAt(fee.data, 0) : 0n)
  let deficit = 0n
  for (const log of logs.filter(({ topics }) => topics[0] === POOL_TOPIC.DeficitCreated)) {
    const reserve = state.byAsset.get(topicAddress(log.topics, 2))
    if (reserve) deficit += state.rules.debtBase(wordAt(log.data, 0), prices.get(reserve.asset) ?? 0n, reserve.unit)
  }
  equal('deficitBase', predicted.deficitBase, deficit)
}

function branchesOf(state: AaveState, drawn: Case, healthFactor: bigint, amounts: Amounts): string[] {
  const { position, collateral, debt, timestamp } = drawn
  const owed = debtBalanceAt(state, debt, scaledOf(position, debtKey(debt.id)) ?? 0n, timestamp)
  const held = collateralBalanceAt(state, collateral, scaledOf(position, collateralKey(collateral.id)) ?? 0n, timestamp)
  const deep = healthFactor <= 950_000_000_000_000_000n
  const capped = amounts.seize + amounts.protocolFee === held
  const full = amounts.repay === owed
  const found = [
    !deep && !full && !capped && drawn.repay > amounts.repay ? 'half' : '',
    deep && full ? 'full by health factor' : '',
    !deep && full ? 'full by size' : '',
    capped ? 'capped by collateral' : '',
    amounts.protocolFee > 0n ? 'protocol fee' : 'no protocol fee',
    position.eMode === 0
      ? 'no eMode'
      : eModeOf(state, position.eMode, collateral)
        ? 'eMode, member'
        : 'eMode, other collateral',
    amounts.deficitBase > 0n ? 'deficit' : '',
    collateral.id === debt.id ? 'same asset' : '',
  ]
  return found.filter((name) => name !== '')
}

const ERRORS = new Map(
  Object.values(REVERTS)
    .flat()
    .filter((text) => text.endsWith('()'))
    .map((text) => [keccak256(toUtf8Bytes(text)).slice(0, 10), text]),
)

function reasonOf(data: Hex): string {
  const selector = data.slice(0, 10)
  if (selector === '0x4e487b71') return 'panic'
  if (selector === '0x08c379a0') {
    const length = Number(BigInt(`0x${data.slice(74, 138)}`))
    const text = Buffer.from(data.slice(138, 138 + 2 * length), 'hex').toString()
    return /transfer|balance|GPv2/i.test(text) ? 'transfer' : text
  }
  return ERRORS.get(selector) ?? `revert ${data.slice(0, 74)}`
}
