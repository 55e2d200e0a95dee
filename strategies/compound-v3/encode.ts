import { Interface } from 'ethers'
import { COMET } from '../../abis/compound-v3.js'
import type { Address, CallRequest, Hex, RawLog } from '../../src/domain/chain.js'
import type { Market, PositionId } from '../../src/domain/market.js'
import type { CallStep, HealthCheck } from '../../src/domain/steps.js'
import type { Amounts, Plan } from '../../src/domain/plan.js'
import type { LiquidationEvent } from '../../src/domain/strategy.js'
import { topicAddress, wordAt } from '../../src/domain/abi-words.js'
import { contractOf } from './contracts.js'
import type { CometPlan } from './plans.js'
import { COMET_CALL, COMET_TOPIC } from './signatures.js'
import { storeId } from './state.js'

const COMET_ABI = new Interface(COMET)

/** The two functions of a Comet that an executor must be allowed. */
export const cometTargets = (comet: Address): { readonly target: Address; readonly selector: Hex }[] =>
  ['absorb', 'buyCollateral'].map((name) => ({ target: comet, selector: COMET_ABI.getFunction(name)?.selector as Hex }))

/** How much less than quoted a purchase may bring, basis points: the price may move between; the order's minimum profit decides. */
const SLACK_BPS = 30n
const ONE = 10_000n

/**
 * absorb(executor, [account]) where somebody is absorbed, then buyCollateral into the executor. Each account has a call of
 * its own. Throws `RangeError` for a foreign plan.
 */
export function encode(plan: Plan, { repay, seize }: Amounts, executor: Address): CallStep[] {
  if (!('comet' in plan)) throw new RangeError(`plan of ${plan.market} is not of this strategy`)
  const { comet, absorbs, collateral, debt } = plan as CometPlan
  const call = (name: string, args: readonly unknown[], approve: CallStep['approve']): CallStep => ({
    kind: 'call',
    target: comet,
    data: COMET_ABI.encodeFunctionData(name, [...args]) as Hex,
    approve,
    mustReturn: null,
  })
  const least = (seize * (ONE - SLACK_BPS)) / ONE
  const buy = call('buyCollateral', [collateral.address, least, repay, executor], {
    token: debt.address,
    amount: repay,
  })
  return absorbs === null ? [buy] : [call('absorb', [executor, [absorbs]], null), buy]
}

/** absorb(by, accounts): nothing is bought and nobody is paid; `by` is credited points that are worth nothing. */
export const encodeAbsorb = (comet: Address, by: Address, accounts: readonly string[]): CallRequest => ({
  to: comet,
  data: COMET_ABI.encodeFunctionData('absorb', [by, [...accounts]]) as Hex,
})

/**
 * Whoever could borrow more is not to be absorbed: an account that a rival has absorbed answers 1. A store front that
 * somebody has emptied has no reading that rises, so nothing is asked there.
 */
export function check(market: Market, position: PositionId): HealthCheck | null {
  if (!/^0x[0-9a-f]{40}$/.test(position)) return null
  const { to, data } = COMET_CALL.isBorrowCollateralized(contractOf(market, 'comet'), position as Hex)
  return { target: to, data, word: 0, atLeast: 1n }
}

/** AbsorbCollateral names account and asset; BuyCollateral is somebody's purchase from a store front. */
export function liquidation(market: Market, log: RawLog): LiquidationEvent | null {
  if (log.address !== contractOf(market, 'comet')) return null
  const debt = contractOf(market, 'baseToken')
  const common = { market: market.id, debt, transactionHash: log.transactionHash }
  if (log.topics[0] === COMET_TOPIC.AbsorbCollateral) {
    const [liquidator, position, collateral] = [1, 2, 3].map((i) => topicAddress(log.topics, i)) as [
      Address,
      Address,
      Address,
    ]
    return { ...common, position, collateral, liquidator, repaid: 0n, seized: wordAt(log.data, 0) }
  }
  if (log.topics[0] !== COMET_TOPIC.BuyCollateral) return null
  const collateral = topicAddress(log.topics, 2)
  const amounts = { repaid: wordAt(log.data, 0), seized: wordAt(log.data, 1) }
  return { ...common, ...amounts, position: storeId(collateral), collateral, liquidator: topicAddress(log.topics, 1) }
}
