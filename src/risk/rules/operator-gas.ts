import { refuse } from '../../domain/refusal.js'
import type { Rule } from './rule.js'

/** The operator could not pay the worst case and keep its floor. An unread balance counts as empty. */
export const operatorGas: Rule = ({ circumstances, limits }) => {
  const { operatorBalanceWei, gasLimit, maxFeePerGas, dataFeeWei } = circumstances
  if (operatorBalanceWei === null) return refuse('operator-gas', "the operator's balance has not been read yet")
  const left = operatorBalanceWei - gasLimit * maxFeePerGas - dataFeeWei
  if (left >= limits.minOperatorWei) return null
  const detail = `the operator has ${operatorBalanceWei} wei; after the worst case of gas ${left} would remain, the floor is ${limits.minOperatorWei}: top it up`
  return refuse('operator-gas', detail, operatorBalanceWei.toString())
}
