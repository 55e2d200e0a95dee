import { messageOf } from '../../domain/errors.js'
import type { Opportunity } from '../../domain/opportunity.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import { refuse, type PositionRefusal, type Refusal } from '../../domain/refusal.js'
import type { Combined, PositionQuote } from '../../profit/combine.js'
import type { TrackedIntent } from '../../execution/records.js'
import { placeOf, type Suspects } from './suspects.js'

export interface OfferingOptions {
  readonly combine: (quotes: readonly PositionQuote[]) => Combined
  readonly offer: (opportunity: Opportunity) => Promise<Refusal | TrackedIntent>
  readonly logger: Logger
  readonly metrics: Metrics
}

/**
 * Offers the best transaction of all quotes, and the suspects one by one behind it. Positions whose transaction fails in
 * simulation, moves too much together, or cannot be made, go alone at once: none of them can hold up the others. Returns every
 * position that was not taken.
 */
export async function offerAll(
  quotes: readonly PositionQuote[],
  suspects: Suspects,
  block: number,
  options: OfferingOptions,
): Promise<PositionRefusal[]> {
  const said: PositionRefusal[] = []
  const awake = quotes.filter((quote) => {
    const rest = suspects.rest(placeOf(quote), block)
    if (rest !== null) said.push(refusalOf(quote, rest))
    return rest === null
  })
  const isAlone = (quote: PositionQuote): boolean => suspects.isAlone(placeOf(quote), block)
  const groups = [awake.filter((quote) => !isAlone(quote)), ...awake.filter(isAlone).map((quote) => [quote])]
  for (const group of groups.filter((one) => one.length > 0)) {
    const { refusals, failed } = await offerGroup(group, suspects, block, options)
    said.push(...refusals)
    for (const quote of failed) said.push(...(await offerGroup([quote], suspects, block, options)).refusals)
  }
  return said
}

/** What stops a transaction of many need not stop each of them: the sum of a token, the one that fails, lanes that differ. */
const SINGLY: readonly string[] = ['simulation-failed', 'exposure', 'lanes-split']

interface Answer {
  readonly refusals: readonly PositionRefusal[]
  /** To be tried alone. */
  readonly failed: readonly PositionQuote[]
}

async function offerGroup(
  group: readonly PositionQuote[],
  suspects: Suspects,
  block: number,
  { combine, offer, logger, metrics }: OfferingOptions,
): Promise<Answer> {
  let inIt: readonly PositionQuote[] = group
  let refusals: readonly PositionRefusal[] = []
  let answer: Refusal | TrackedIntent
  try {
    const combined = combine(group)
    const { opportunity } = combined
    refusals = combined.refusals
    if (opportunity === null) return { refusals, failed: [] }
    const taken = new Set(opportunity.legs.map(placeOf))
    inIt = group.filter((quote) => taken.has(placeOf(quote)))
    metrics.count('opportunities')
    answer = await offer(opportunity)
  } catch (error) {
    // one position that cannot be computed or encoded must not end the block for the others
    logger.error('offer', { positions: inIt.map(placeOf), problem: messageOf(error) })
    answer = refuse('simulation-failed', `no transaction can be made of it: ${messageOf(error)}`)
  }
  if (!('code' in answer)) return { refusals, failed: [] }
  const refusal = answer
  if (refusal.code === 'simulation-failed') {
    suspects.failed({ legs: inIt }, block, refusal.detail)
    logger.warn('simulation-failed', { positions: inIt.map(placeOf), reason: refusal.detail })
  }
  if (inIt.length > 1 && SINGLY.includes(refusal.code)) return { refusals, failed: inIt }
  return { refusals: [...refusals, ...inIt.map((quote) => refusalOf(quote, refusal))], failed: [] }
}

const refusalOf = ({ market, position }: PositionQuote, refusal: Refusal): PositionRefusal => ({
  ...refusal,
  market,
  position,
})
