import type { Head } from '../../domain/chain.js'
import type { Opportunity } from '../../domain/opportunity.js'
import type { Plan } from '../../domain/plan.js'
import { bestLeg } from '../../profit/best-leg.js'
import { combine } from '../../profit/combine.js'
import { startOf, type ProfitContext } from '../../profit/context.js'
import type { PoolBook } from '../../profit/pool-book.js'
import { largestLeg, wayOf, type PreparedWay } from '../../profit/prepared-leg.js'
import { preparedSequence, wayOfSequence } from '../../profit/prepared-sequence.js'
import { sequences } from '../../profit/sequence.js'
import type { QuotedLeg } from '../../profit/trial.js'
import type { Imagined } from './market-watch.js'
import type { PreparedPosition } from './prepared-book.js'
import type { Prospect } from './prospects.js'
import type { Quoting, Supplies } from './quoting.js'
import type { Slices } from './slices.js'

/** A prospect at the price that would open it. */
export interface Target extends Prospect {
  readonly imagined: Imagined
}

/** What is known of a position but for its rehearsal, and the transaction to rehearse. */
export interface Found {
  readonly position: Omit<PreparedPosition, 'passedAt'>
  readonly opportunity: Opportunity
  /** The same for the calls on several pairs that net more together; null where there are none. */
  readonly together: Opportunity | null
}

/** Blocks for which the ways of a position stand before they are searched again. */
export const SEARCH_EVERY = 4

/** How the position pays at that price; by what is `known` of it while that is not too old. Null where it does not pay. */
export async function searchWays(
  { near, watch, imagined }: Target,
  known: PreparedPosition | undefined,
  head: Head,
  { book, data }: Supplies,
  quoting: Quoting,
  slices: Slices,
): Promise<Found | null> {
  const context = quoting.contextOf({ head, watches: [watch], opinions: [imagined] }, data)
  const plans = imagined.liquidatable.choices.filter((choice) => 'at' in choice)
  const stands = known !== undefined && head.number - known.searchedAt < SEARCH_EVERY
  const legs: QuotedLeg[] = []
  for (const plan of stands ? [] : plans) {
    const leg = await slices.run(() => bestLeg(plan, context, startOf(book)))
    if ('parts' in leg) legs.push(leg)
  }
  // one pair, call by call, is a way already
  const sequence = legs.length < 2 ? [] : await slices.pieces(sequences(legs, context))
  const further = wayOfSequence(sequence, context)
  const ways = stands ? known.ways : [...legs.map(wayOf), ...(further === null ? [] : [further])]
  const [first, ...others] = ways.filter(({ sequel }) => sequel === undefined)
  if (first === undefined) return null
  const best = others.reduce((a, b) => (b.worth > a.worth ? b : a), first)
  const plan = plans.find((one) => one.collateral.address === best.collateral && one.debt.address === best.debt)
  if (plan === undefined) return null
  const leg = await slices.run(() => largestLeg(plan, best, context, startOf(book)))
  const opportunity = leg && (await slices.run(() => transactionOf([leg], context, book)))
  if (opportunity === null) return null
  const searchedAt = stands ? known.searchedAt : head.number
  const together = await slices.run(() => sequenceOf(plans, ways, context, book))
  const kept = together === null ? ways.filter(({ sequel }) => sequel === undefined) : ways
  const netWei = kept.reduce((most, way) => (way.netWei > most ? way.netWei : most), best.netWei)
  return { position: { near, ways: kept, searchedAt, netWei }, opportunity, together }
}

function sequenceOf(
  plans: readonly Plan[],
  ways: readonly PreparedWay[],
  context: ProfitContext,
  book: PoolBook,
): Opportunity | null {
  const way = ways.find(({ sequel }) => sequel !== undefined)
  return way === undefined ? null : transactionOf(preparedSequence(plans, way, context, startOf(book)), context, book)
}

const transactionOf = (legs: readonly QuotedLeg[], context: ProfitContext, book: PoolBook): Opportunity | null => {
  const [leg, ...further] = legs
  const [first] = leg?.parts ?? []
  if (leg === undefined || first === undefined) return null
  const quote = { market: first.market, position: first.position, plans: [first.plan], leg, further, refusal: null }
  return combine([quote], context, book).opportunity
}
