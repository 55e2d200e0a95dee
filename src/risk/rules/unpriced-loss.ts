import { refuse } from '../../domain/refusal.js'
import type { Rule } from './rule.js'

/** A transaction took tokens from us that no market prices: the daily loss cannot see what they cost. A person resets it. */
export const unpricedLoss: Rule = ({ state }) =>
  state.unpriced === null
    ? null
    : refuse('unpriced-loss', `${state.unpriced.detail}; look at it, then run with --reset-breakers`)
