import type { Opportunity } from '../../domain/opportunity.js'
import type { Refusal } from '../../domain/refusal.js'
import type { Circumstances } from '../circumstances.js'
import type { RiskLimits } from '../limits.js'
import type { RiskState } from '../risk-state.js'

export interface RuleInput {
  readonly opportunity: Opportunity
  readonly circumstances: Circumstances
  readonly limits: RiskLimits
  readonly state: RiskState
}

/** A rule is pure: null lets the opportunity pass. */
export type Rule = (input: RuleInput) => Refusal | null
