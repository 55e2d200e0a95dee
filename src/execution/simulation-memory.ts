import type { Head } from '../domain/chain.js'
import type { Opportunity } from '../domain/opportunity.js'
import type { Simulated } from './simulate.js'

const MOST = 256

/**
 * What a simulation said of the same liquidations. Amounts are no part of it: interest moves them by some wei every block,
 * and a failure would never be recognised.
 */
const keyOf = (opportunity: Opportunity): string =>
  opportunity.legs
    .map((leg) => `${leg.market}/${leg.position} ${leg.plan.collateral.address} ${leg.plan.debt.address}`)
    .join(' ')

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
