import { divCeil } from '../../domain/maths.js'
import { refuse } from '../../domain/refusal.js'
import { dayOf } from '../../domain/utc-day.js'
import { lossOn } from '../risk-state.js'
import { usdText } from '../usd.js'
import type { Rule } from './rule.js'

/**
 * Where a reverted transaction is charged, its whole gas limit at the price that is offered (a bid by priority fee among
 * it) and the fee for its data must fit into what is left of MAX_DAILY_LOSS_USD: the breaker afterwards would be too late.
 * An order must gain; a run of the agent, and what backstop mode takes at a loss, may be meant to lose, within the budget that
 * it was planned with.
 */
export const revertCost: Rule = ({ opportunity, circumstances, limits, state }) => {
  if (!circumstances.revertsAreCharged) return null
  const { call, netWei, netUsd8, atLoss } = opportunity
  const mayLose = call !== undefined || (atLoss === true && limits.mayLose === true)
  if (mayLose ? netWei === 0n : netWei <= 0n) return refuse('below-min-profit', `nets ${netWei} wei`, netWei.toString())
  const costWei = circumstances.gasLimit * circumstances.gasPriceWei + circumstances.dataFeeWei
  // valued like the gain or loss, rounded up
  const costUsd8 = netWei > 0n ? divCeil(costWei * netUsd8, netWei) : divCeil(costWei * -netUsd8, -netWei)
  const loss = lossOn(state, dayOf(circumstances.nowMs))
  if (loss + costUsd8 <= limits.maxDailyLossUsd8) return null
  const detail = `reverted it would cost ${usdText(costUsd8)} USD, of MAX_DAILY_LOSS_USD ${usdText(limits.maxDailyLossUsd8 - loss)} are left`
  return refuse('daily-loss', detail, costUsd8.toString())
}
