import type { ChainConfig } from '../../config/market-file.js'
import type { Head } from '../../domain/chain.js'
import type { Behind, Opportunity } from '../../domain/opportunity.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import { refuse, type PositionRefusal, type Refusal } from '../../domain/refusal.js'
import type { TrackedIntent } from '../../execution/records.js'
import type { Submitter } from '../../execution/submitter.js'
import { combine } from '../../profit/combine.js'
import type { ProfitContext } from '../../profit/context.js'
import { reprice } from '../../profit/order.js'
import { offerAll } from './offering.js'
import type { Quoted } from './quoting.js'
import { Suspects } from './suspects.js'

export interface DecidingOptions {
  readonly chain: ChainConfig
  readonly submitter: Submitter
  /** No newer head is known. */
  readonly isNewest: (head: Head) => boolean
  readonly logger: Logger
  readonly metrics: Metrics
}

export interface Terms {
  /** The transaction that makes the positions liquidatable; null where its prices have landed. */
  readonly behind: Behind | null
  /** With it nothing is offered. */
  readonly objection: Refusal | null
}

/** What of the quoted positions is offered, in which transactions. */
export class Deciding {
  readonly suspects = new Suspects()

  constructor(private readonly options: DecidingOptions) {}

  /** Offers what pays and returns why the others were not taken. */
  async decide({ quoted, book, context, refusals }: Quoted, head: Head, terms: Terms): Promise<PositionRefusal[]> {
    const { logger, metrics, chain, isNewest } = this.options
    // where a revert is charged, one position lost to a rival must not take the others down with it
    const groups = chain.submission === 'bundle' ? [quoted] : quoted.map((quote) => [quote])
    const said = [...refusals]
    for (const [i, group] of groups.entries()) {
      // each group may have waited for a simulation
      const no = terms.objection ?? (i > 0 && !isNewest(head) ? OVERTAKEN : null)
      const answers = await offerAll(group, this.suspects, head.number, {
        combine: (quotes) => combine(quotes, context, book),
        offer: (opportunity) => (no === null ? this.offer(opportunity, context, head, terms) : Promise.resolve(no)),
        ...{ logger, metrics },
      })
      said.push(...answers)
    }
    return said
  }

  /** Where the same liquidations were simulated before, what they really use decides cost, bid and whether they pay. */
  private offer(
    opportunity: Opportunity,
    context: ProfitContext,
    head: Head,
    { behind }: Terms,
  ): Promise<Refusal | TrackedIntent> {
    const { submitter } = this.options
    const gas = submitter.measuredGas(opportunity)
    const known = gas === null ? opportunity : reprice(opportunity, gas, context)
    if ('code' in known) return Promise.resolve(known)
    return submitter.offer(behind === null ? known : { ...known, behind }, head)
  }
}

const OVERTAKEN = refuse('stale-head', 'a newer block came while simulations were waited for: offered there')
