import { refuse } from '../../domain/refusal.js'
import { revertsInARow } from '../risk-state.js'
import type { Rule } from './rule.js'

/** Too many reverts in a row: something is wrong that the next attempt will not mend. A person resets it. */
export const consecutiveReverts: Rule = ({ limits, state }) => {
  const row = revertsInARow(state)
  if (state.reverts === null && row < limits.maxConsecutiveReverts) return null
  const why = state.reverts === null ? `${row} transactions in a row reverted` : state.reverts.detail
  return refuse('consecutive-reverts', `${why}; look at them, then run with --reset-breakers`, String(row))
}
