import type { Head } from '../../domain/chain.js'
import type { Opportunity } from '../../domain/opportunity.js'
import { bestLeg } from '../../profit/best-leg.js'
import { combine } from '../../profit/combine.js'
import { startOf, type ProfitContext } from '../../profit/context.js'
import type { PoolBook } from '../../profit/pool-book.js'
import { largestLeg, wayOf } from '../../profit/prepared-leg.js'
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
  const ways = stands ? known.ways : legs.map(wayOf)
  const [first, ...others] = ways
  if (first === undefined) return null
  const best = others.reduce((a, b) => (b.netWei > a.netWei ? b : a), first)
  const plan = plans.find((one) => one.collateral.address === best.collateral && one.debt.address === best.debt)
  if (plan === undefined) return null
  const leg = await slices.run(() => largestLeg(plan, best, context, startOf(book)))
  const opportunity = leg && (await slices.run(() => transactionOf(leg, context, book)))
  if (opportunity === null) return null
  const searchedAt = stands ? known.searchedAt : head.number
  return { position: { near, ways, searchedAt, netWei: best.netWei }, opportunity }
}

const transactionOf = (leg: QuotedLeg, context: ProfitContext, book: PoolBook): Opportunity | null => {
  const [first] = leg.parts
  if (first === undefined) return null
  const quote = { market: first.market, position: first.position, plans: [first.plan], leg, refusal: null }
  return combine([quote], context, book).opportunity
}
