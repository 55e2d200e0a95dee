import { refuse } from '../../domain/refusal.js'
import type { Rule } from './rule.js'

/** The head came in too long ago, or its own timestamp is too old: prices and positions are then not today's. */
export const staleHead: Rule = ({ circumstances, limits }) => {
  const { nowMs, head, headReceivedAtMs, clockIsOurs } = circumstances
  const sinceReceived = nowMs - headReceivedAtMs
  const sinceMade = clockIsOurs ? nowMs - Number(head.timestamp) * 1000 : 0
  const { maxHeadLeadMs = null } = limits
  if (maxHeadLeadMs !== null && sinceMade < -maxHeadLeadMs) {
    const detail = `head ${head.number} is ${-sinceMade} ms in the future: the node lies, or this machine's clock is late`
    return refuse('stale-head', detail, String(sinceMade))
  }
  const age = Math.max(sinceReceived, sinceMade)
  if (age <= limits.maxHeadAgeMs) return null
  return refuse('stale-head', `head ${head.number} is ${age} ms old, the limit is ${limits.maxHeadAgeMs}`, String(age))
}
