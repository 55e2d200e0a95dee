import type { Head, StateOverride } from '../domain/chain.js'
import type { Opportunity } from '../domain/opportunity.js'
import type { Refusal } from '../domain/refusal.js'
import { withoutBehind } from './call-shape.js'
import { encodeOrder } from './executor/encode.js'
import { verdictOfSimulation, type Simulations } from './simulations.js'
import type { Terms } from './terms.js'

/** Calls that are run before they are needed. */
export class Rehearsal {
  constructor(
    private readonly terms: Terms,
    private readonly simulations: Simulations,
  ) {}

  /** See `Submitter.rehearse`. */
  async rehearse(opportunity: Opportunity, head: Head, overrides?: StateOverride): Promise<Refusal | null> {
    const call = {
      data: opportunity.call?.data ?? encodeOrder(opportunity.order),
      fees: this.terms.feesOf(opportunity, head, null),
    }
    // what it will follow is not there yet: the prices that it brings stand for it
    const alone = withoutBehind(opportunity)
    const result = await this.simulations.run(alone, head, call, null, overrides)
    // a failure at prices that have not come says nothing of the chain as it is
    const passed = result.kind === 'done' && result.failed === undefined
    if (passed || overrides === undefined) this.simulations.memory.keep(alone, head, result)
    return verdictOfSimulation(opportunity, result, true)
  }
}
