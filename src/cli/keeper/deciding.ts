import type { ChainConfig } from '../../config/market-file.js'
import type { Head } from '../../domain/chain.js'
import type { Behind, Opportunity } from '../../domain/opportunity.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import { refuse, type PositionRefusal, type Refusal } from '../../domain/refusal.js'
import type { TrackedIntent } from '../../execution/records.js'
import type { Submitter } from '../../execution/submitter.js'
import { combine, type PositionQuote } from '../../profit/combine.js'
import type { ProfitContext } from '../../profit/context.js'
import { reprice } from '../../profit/order.js'
import type { Contested } from './contested.js'
import { offerAll } from './offering.js'
import type { Quoted } from './quoting.js'
import { placeOf, Suspects } from './suspects.js'

export interface DecidingOptions {
  readonly chain: ChainConfig
  readonly submitter: Submitter
  readonly contested: Contested
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
    const { logger, metrics, isNewest } = this.options
    const said = new Map(refusals.map((refusal) => [placeOf(refusal), refusal]))
    const groups = this.groupsOf(quoted, head, terms)
    const isShared = this.mostTogether(head, terms)
    for (const [i, group] of groups.entries()) {
      // each group may have waited for a simulation
      const overtaken = i > 0 && !isNewest(head) ? OVERTAKEN : null
      const answers = await offerAll(group, this.suspects, head.number, {
        combine: (quotes) => combine(quotes, context, book),
        offer: (opportunity) => {
          const no = overtaken ?? this.objectionTo(opportunity, head, terms)
          return no === null ? this.offer(opportunity, context, head, terms) : Promise.resolve(no)
        },
        ...{ logger, metrics },
      })
      for (const quote of group) said.delete(placeOf(quote))
      for (const refusal of answers) said.set(placeOf(refusal), refusal)
      // who pays alone and adds too little to the others has a lane of its own
      if (isShared && i === 0 && group.length > 1)
        groups.push(
          ...group.filter((one) => one.leg && said.get(placeOf(one))?.code === 'lane-busy').map((one) => [one]),
        )
    }
    return [...said.values()]
  }

  /** Behind a hint builders rank by what is paid, not by what is paid per gas: there the most come first together. */
  private mostTogether(head: Head, { behind }: Terms): boolean {
    return behind?.kind === 'hint' && this.options.contested.at(head)
  }

  /** What stands against positions in flight does not stand against others: they go to lanes on which nothing is out. */
  private objectionTo(opportunity: Opportunity, head: Head, { objection }: Terms): Refusal | null {
    return objection === null || !this.options.submitter.holds(opportunity, head) ? null : objection
  }

  /**
   * Who shares a transaction. One position that a rival takes takes the others down with it: where a revert is charged each
   * goes alone, and where others bid too so do the best, as far as there are lanes; what is left shares the last one.
   */
  private groupsOf(quoted: readonly PositionQuote[], head: Head, terms: Terms): (readonly PositionQuote[])[] {
    const { chain, submitter, contested } = this.options
    if (chain.submission !== 'bundle') return quoted.map((quote) => [quote])
    const apart = contested.at(head) && !this.mostTogether(head, terms) ? submitter.lanes - 1 : 0
    const worth = ({ leg }: PositionQuote): bigint => leg?.grossWei ?? 0n
    const ranked = [...quoted].sort((a, b) => (worth(a) === worth(b) ? 0 : worth(a) > worth(b) ? -1 : 1))
    const rest = ranked.slice(apart)
    return [...ranked.slice(0, apart).map((quote) => [quote]), ...(rest.length > 0 ? [rest] : [])]
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
