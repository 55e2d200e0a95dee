import type { Head } from '../domain/chain.js'
import type { Opportunity } from '../domain/opportunity.js'
import { positionsOf } from './records.js'
import type { Simulated } from './simulate.js'

const MOST = 256

/** What a simulation said of the same liquidation in the same amounts. */
const keyOf = (opportunity: Opportunity): string =>
  `${positionsOf(opportunity.legs).join(' ')} ${opportunity.grossWei} ${opportunity.gas}`

/** Results of simulations that ran beside the sending: they correct the next block's attempt. */
export class SimulationMemory {
  private readonly results = new Map<string, { readonly result: Simulated; readonly block: number }>()

  keep(opportunity: Opportunity, head: Head, result: Simulated): void {
    if (this.results.size >= MOST) this.results.clear()
    this.results.set(keyOf(opportunity), { result, block: head.number })
  }

  /** A failure counts for one block: prices and pools move on. */
  failure(opportunity: Opportunity, head: Head): string | null {
    const known = this.results.get(keyOf(opportunity))
    if (known?.result.kind !== 'reverted' || head.number > known.block + 1) return null
    return known.result.reason
  }

  gasUsed(opportunity: Opportunity): bigint | null {
    const known = this.results.get(keyOf(opportunity))
    return known?.result.kind === 'done' ? known.result.gasUsed : null
  }
}
