import { refuse } from '../../domain/refusal.js'
import { dayOf } from '../../domain/utc-day.js'
import { lossOn } from '../risk-state.js'
import { usdText } from '../usd.js'
import type { Rule } from './rule.js'

/** Losses and gas of the UTC day have reached MAX_DAILY_LOSS_USD; stays so for the day even when a reorg takes one back. */
export const dailyLoss: Rule = ({ circumstances, limits, state }) => {
  const day = dayOf(circumstances.nowMs)
  const loss = lossOn(state, day)
  if (state.dailyLoss?.day !== day && loss < limits.maxDailyLossUsd8) return null
  const detail = `losses and gas of ${day} are ${usdText(loss)} USD, the limit is ${usdText(limits.maxDailyLossUsd8)}`
  return refuse('daily-loss', detail, loss.toString())
}
