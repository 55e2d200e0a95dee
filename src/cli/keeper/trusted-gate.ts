import type { Head } from '../../domain/chain.js'
import { refuse } from '../../domain/refusal.js'
import type { RiskGate } from '../../risk/risk-gate.js'

type Gate = Pick<RiskGate, 'ask' | 'killed' | 'kill'>

/** The gate, which also says no while what the chain looks like is in doubt: `objection` gives the reason, or null. */
export const trustedGate = (gate: Gate, objection: (head: Head) => string | null): Gate => ({
  ask(opportunity, circumstances) {
    const doubt = objection(circumstances.head)
    if (doubt === null) return gate.ask(opportunity, circumstances)
    return refuse('head-disputed', `block ${circumstances.head.number}: ${doubt}`)
  },
  killed: () => gate.killed(),
  kill: (why) => {
    gate.kill(why)
  },
})
