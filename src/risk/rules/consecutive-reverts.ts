import { refuse } from '../../domain/refusal.js'
import { revertsInARow } from '../risk-state.js'
import type { Rule } from './rule.js'

/**
 * Too many reverts in a row: something is wrong that the next attempt will not mend. A person resets it. The agent's runs
 * and what is taken at a loss have a row of their own: a rival who tells a price, bids or ends dust just before us must not stop
 * liquidations.
 */
export const consecutiveReverts: Rule = ({ opportunity, limits, state }) => {
  const byAgent = opportunity.call !== undefined || opportunity.atLoss === true
  const row = revertsInARow(state, byAgent)
  const tripped = byAgent ? state.agentReverts : state.reverts
  if (tripped === null && row < limits.maxConsecutiveReverts) return null
  const why = tripped?.detail ?? revertsText(row, byAgent)
  return refuse('consecutive-reverts', `${why}; look at them, then run with --reset-breakers`, String(row))
}

export const revertsText = (row: number, byAgent: boolean): string =>
  `${row} ${byAgent ? 'runs of the auction agent or at a loss' : 'transactions'} in a row reverted`
