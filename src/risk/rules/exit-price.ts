import { refuse } from '../../domain/refusal.js'
import type { Rule } from './rule.js'

/** An exit is so far below the oracle that the oracle, the pool or the token is not what we take it for. */
export const exitPrice: Rule = ({ opportunity, limits }) => {
  const worst = opportunity.legs.find((leg) => leg.exitShortfallBps > limits.maxExitShortfallBps)
  if (worst === undefined) return null
  const detail = `${worst.route} pays ${worst.exitShortfallBps} bps less than the oracle says, the limit is ${limits.maxExitShortfallBps}`
  return refuse('exit-price', detail, String(worst.exitShortfallBps))
}
