import { gasForAttempts } from '../domain/attempts.js'
import type { PositionId } from '../domain/market.js'
import type { Opportunity } from '../domain/opportunity.js'
import { refuse, type PositionRefusal, type Refusal } from '../domain/refusal.js'
import type { Plan, PlanChoice } from '../domain/plan.js'
import { startOf, type ProfitContext, type Situation } from './context.js'
import { estimatedGas, opportunityOf } from './order.js'
import type { PoolBook } from './pool-book.js'
import { bestSequence, type Sequence } from './sequence.js'
import { sharing } from './shared-exit.js'
import type { QuotedLeg } from './trial.js'

/** A liquidatable position with its best legs alone, or why there is none. */
export interface PositionQuote {
  readonly market: string
  readonly position: PositionId
  readonly plans: readonly Plan[]
  readonly leg: QuotedLeg | null
  /** Legs of the same position behind the first. */
  readonly further?: readonly QuotedLeg[]
  readonly refusal: Refusal | null
  /** Quotes it again behind other legs, quicker than by searching all plans. */
  readonly again?: (situation: Situation) => QuotedLeg | Refusal
}

export interface Combined {
  readonly opportunity: Opportunity | null
  /** Every quoted position that is not in the opportunity. */
  readonly refusals: readonly PositionRefusal[]
}

/** Refused alone, these may still pay behind others, where the transaction's own gas is paid already. */
const RIDERS: readonly string[] = ['fee-share', 'below-min-profit']
/** Of the most gas a transaction may use, the share that estimates may fill: a gas limit is set above the estimate. */
const GAS_FILL = { of: 4n, in: 5n }

/** The best legs over all plans of one position, alone in its transaction. Pure. */
export function quotePosition(
  market: string,
  position: PositionId,
  choices: readonly PlanChoice[],
  context: ProfitContext,
  book: PoolBook,
): PositionQuote {
  const plans = choices.flatMap((choice) => ('at' in choice ? [choice] : []))
  const refusals = choices.flatMap((choice) => ('at' in choice ? [] : [choice.refusal]))
  const { legs, refusal } = bestSequence(plans, refusals, context, startOf(book))
  const [leg = null, ...further] = legs
  return { market, position, plans, leg, further, refusal }
}

/**
 * One transaction out of the quoted positions: best first, each next one quoted again behind those before it (their price
 * impact, the liquidity they took), taken while it adds at least the minimum profit and the gas fits. Together they share
 * the transaction's own gas; apart they would meet the same moved pools in the same block, so together nets more. Pure;
 * the same quotes in any order give the same opportunity.
 */
export function combine(quotes: readonly PositionQuote[], context: ProfitContext, book: PoolBook): Combined {
  const refusals: PositionRefusal[] = []
  let legs: readonly QuotedLeg[] = []
  let best: Opportunity | null = null
  for (const quote of inOrder(quotes)) {
    const tried: Grown | Refusal = best === null ? alone(quote, context) : behind(quote, legs, best, context, book)
    if ('opportunity' in tried) {
      legs = tried.legs
      best = tried.opportunity
    } else {
      const said = best !== null && quote.leg !== null && tried.code !== 'lane-busy' ? notHere(tried) : tried
      refusals.push({ ...said, market: quote.market, position: quote.position })
    }
  }
  return { opportunity: best, refusals }
}

interface Grown {
  readonly legs: readonly QuotedLeg[]
  readonly opportunity: Opportunity
}

/** It pays alone: the next transaction may take it. */
const notHere = ({ code, detail, figure }: Refusal): Refusal =>
  refuse('lane-busy', `pays alone, not behind the others (${code}: ${detail}): next block`, figure)

const noLeg = (quote: PositionQuote): Refusal => quote.refusal ?? refuse('no-collateral', 'nothing to liquidate')

function alone(quote: PositionQuote, context: ProfitContext): Grown | Refusal {
  if (quote.leg === null) return noLeg(quote)
  return grown([quote.leg, ...(quote.further ?? [])], context)
}

function behind(
  quote: PositionQuote,
  legs: readonly QuotedLeg[],
  before: Opportunity,
  context: ProfitContext,
  book: PoolBook,
): Grown | Refusal {
  if (quote.leg === null && !RIDERS.includes(noLeg(quote).code)) return noLeg(quote)
  const { legs: own, refusal } = againBehind(quote, behindAll(legs, book), context)
  const [leg] = own
  if (leg === undefined) return quote.refusal ?? refusal ?? noLeg(quote)
  if (leg.profitToken !== before.profitToken) {
    return refuse('lane-busy', 'its gain is in another token than that of this transaction: next block')
  }
  const apart = grown([...legs, ...own], context)
  // who is in a hurry does not look for another exit
  const shared = own.length === 1 && quote.again === undefined ? sharing(legs, leg, context) : null
  const together = shared === null ? null : grown(shared, context)
  const next = better(apart, together)
  if (!('opportunity' in next)) return next
  const added = next.opportunity.netWei - before.netWei
  const least = context.desk(quote.market).valuation.weiOfUsd8(context.settings.minProfitUsd8)
  if (added >= least) return next
  return refuse('below-min-profit', `adds ${added} wei to the transaction, less than ${least}`, added.toString())
}

function againBehind(quote: PositionQuote, situation: Situation, context: ProfitContext): Sequence {
  if (quote.again === undefined) return bestSequence(quote.plans, [], context, situation)
  const answer = quote.again(situation)
  return 'parts' in answer ? { legs: [answer], refusal: null } : { legs: [], refusal: answer }
}

/** Other positions know nothing of what was taken. */
const behindAll = (legs: readonly QuotedLeg[], book: PoolBook): Situation => ({
  ...(legs.at(-1)?.after ?? startOf(book)),
  known: new Map(),
})

function better(apart: Grown | Refusal, together: Grown | Refusal | null): Grown | Refusal {
  if (together === null || !('opportunity' in together)) return apart
  return 'opportunity' in apart && apart.opportunity.netWei >= together.opportunity.netWei ? apart : together
}

function grown(legs: readonly QuotedLeg[], context: ProfitContext): Grown | Refusal {
  const gas = estimatedGas(legs, context)
  const most = (BigInt(context.chain.maxTransactionGas) * GAS_FILL.of) / GAS_FILL.in
  if (gas > most) {
    return refuse('lane-busy', `does not fit into this transaction: ${gas} gas of ${most}: next block`, gas.toString())
  }
  const opportunity = opportunityOf(legs, context)
  if (!('order' in opportunity)) return opportunity
  const wanted = gasForAttempts(opportunity)
  if (wanted > BigInt(context.chain.maxTransactionGas)) {
    return refuse('lane-busy', `its attempts do not fit into one transaction: ${wanted} gas`, wanted.toString())
  }
  return { legs, opportunity }
}

/** Legs by their net, best first; riders behind them; ties by name. */
function inOrder(quotes: readonly PositionQuote[]): PositionQuote[] {
  const net = (quote: PositionQuote): bigint => quote.leg?.netWei ?? -1n
  const name = (quote: PositionQuote): string => `${quote.market}/${quote.position}`
  return [...quotes].sort((a, b) => (net(a) === net(b) ? (name(a) < name(b) ? -1 : 1) : net(a) > net(b) ? -1 : 1))
}
