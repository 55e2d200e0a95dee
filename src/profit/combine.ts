import type { PositionId } from '../domain/market.js'
import type { Opportunity } from '../domain/opportunity.js'
import { refuse, type PositionRefusal, type Refusal } from '../domain/refusal.js'
import type { Plan, PlanChoice } from '../domain/strategy.js'
import { bestLeg } from './best-leg.js'
import { startOf, type ProfitContext, type Situation } from './context.js'
import { estimatedGas, opportunityOf } from './order.js'
import type { PoolBook } from './pool-book.js'
import type { QuotedLeg } from './trial.js'

/** A liquidatable position with its best leg alone, or why there is none. */
export interface PositionQuote {
  readonly market: string
  readonly position: PositionId
  readonly plans: readonly Plan[]
  readonly leg: QuotedLeg | null
  readonly refusal: Refusal | null
  /** Quotes it again behind other legs, quicker than by searching all plans. */
  readonly again?: (situation: Situation) => QuotedLeg | Refusal
}

export interface Combined {
  readonly opportunity: Opportunity | null
  /** Every quoted position that is not in the opportunity. */
  readonly refusals: readonly PositionRefusal[]
}

/** The nearer a refusal is to acting, the more it says of why a position was not taken. */
const NEARNESS: readonly string[] = [
  'fee-share',
  'below-min-profit',
  'no-exit',
  'no-route',
  'no-liquidity',
  'dust-rule',
]
/** Refused alone, these may still pay behind others, where the transaction's own gas is paid already. */
const RIDERS: readonly string[] = ['fee-share', 'below-min-profit']
/** Of the most gas a transaction may use, the share that estimates may fill: a gas limit is set above the estimate. */
const GAS_FILL = { of: 4n, in: 5n }

/** The best leg over all plans of one position, alone in its transaction. Pure. */
export function quotePosition(
  market: string,
  position: PositionId,
  choices: readonly PlanChoice[],
  context: ProfitContext,
  book: PoolBook,
): PositionQuote {
  const plans = choices.flatMap((choice) => ('at' in choice ? [choice] : []))
  const refusals = choices.flatMap((choice) => ('at' in choice ? [] : [choice.refusal]))
  return { market, position, plans, ...bestOfPlans(plans, refusals, context, startOf(book)) }
}

function bestOfPlans(
  plans: readonly Plan[],
  known: readonly Refusal[],
  context: ProfitContext,
  situation: Situation,
): { leg: QuotedLeg | null; refusal: Refusal | null } {
  const answers = plans.map((plan) => bestLeg(plan, context, situation))
  const legs = answers.flatMap((answer) => ('steps' in answer ? [answer] : []))
  const refusals = [...known, ...answers.flatMap((answer) => ('steps' in answer ? [] : [answer]))]
  const leg = legs.reduce<QuotedLeg | null>((best, l) => (best === null || l.netWei > best.netWei ? l : best), null)
  if (leg) return { leg, refusal: null }
  const nearness = (code: string): number => (NEARNESS.includes(code) ? NEARNESS.indexOf(code) : NEARNESS.length)
  const [nearest] = refusals.sort((a, b) => nearness(a.code) - nearness(b.code))
  return { leg: null, refusal: nearest ?? refuse('no-collateral', 'the position has no pair to liquidate') }
}

/**
 * One transaction out of the quoted positions: best first, each next one quoted again behind those before it (their price
 * impact, the liquidity they took), taken while it adds at least the minimum profit and the gas fits. Together they share
 * the transaction's own gas; apart they would meet the same moved pools in the same block, so together nets more. Pure;
 * the same quotes in any order give the same opportunity.
 */
export function combine(quotes: readonly PositionQuote[], context: ProfitContext, book: PoolBook): Combined {
  const refusals: PositionRefusal[] = []
  const legs: QuotedLeg[] = []
  let best: Opportunity | null = null
  for (const quote of inOrder(quotes)) {
    const tried: Grown | Refusal = best === null ? alone(quote, context) : behind(quote, legs, best, context, book)
    if ('opportunity' in tried) {
      legs.push(tried.leg)
      best = tried.opportunity
    } else {
      const said = best !== null && quote.leg !== null && tried.code !== 'lane-busy' ? notHere(tried) : tried
      refusals.push({ ...said, market: quote.market, position: quote.position })
    }
  }
  return { opportunity: best, refusals }
}

interface Grown {
  readonly leg: QuotedLeg
  readonly opportunity: Opportunity
}

/** It pays alone: the next transaction may take it. */
const notHere = ({ code, detail, figure }: Refusal): Refusal =>
  refuse('lane-busy', `pays alone, not behind the others (${code}: ${detail}): next block`, figure)

const noLeg = (quote: PositionQuote): Refusal => quote.refusal ?? refuse('no-collateral', 'nothing to liquidate')

function alone(quote: PositionQuote, context: ProfitContext): Grown | Refusal {
  if (quote.leg === null) return noLeg(quote)
  return grown([], quote.leg, context)
}

function behind(
  quote: PositionQuote,
  legs: readonly QuotedLeg[],
  before: Opportunity,
  context: ProfitContext,
  book: PoolBook,
): Grown | Refusal {
  if (quote.leg === null && !RIDERS.includes(noLeg(quote).code)) return noLeg(quote)
  const { leg, refusal } = againBehind(quote, legs.at(-1)?.after ?? startOf(book), context)
  if (leg === null) return quote.refusal ?? refusal ?? noLeg(quote)
  if (leg.profitToken !== before.profitToken) {
    return refuse('lane-busy', 'its gain is in another token than that of this transaction: next block')
  }
  const next = grown(legs, leg, context)
  if (!('opportunity' in next)) return next
  const added = next.opportunity.netWei - before.netWei
  const least = context.desk(quote.market).valuation.weiOfUsd8(context.settings.minProfitUsd8)
  if (added >= least) return next
  return refuse('below-min-profit', `adds ${added} wei to the transaction, less than ${least}`, added.toString())
}

function againBehind(
  quote: PositionQuote,
  situation: Situation,
  context: ProfitContext,
): { leg: QuotedLeg | null; refusal: Refusal | null } {
  if (quote.again === undefined) return bestOfPlans(quote.plans, [], context, situation)
  const answer = quote.again(situation)
  return 'steps' in answer ? { leg: answer, refusal: null } : { leg: null, refusal: answer }
}

function grown(legs: readonly QuotedLeg[], leg: QuotedLeg, context: ProfitContext): Grown | Refusal {
  const all = [...legs, leg]
  const gas = estimatedGas(all, context)
  const most = (BigInt(context.chain.maxTransactionGas) * GAS_FILL.of) / GAS_FILL.in
  if (gas > most) {
    return refuse('lane-busy', `does not fit into this transaction: ${gas} gas of ${most}: next block`, gas.toString())
  }
  const opportunity = opportunityOf(all, context)
  return 'order' in opportunity ? { leg, opportunity } : opportunity
}

/** Legs by their net, best first; riders behind them; ties by name. */
function inOrder(quotes: readonly PositionQuote[]): PositionQuote[] {
  const net = (quote: PositionQuote): bigint => quote.leg?.netWei ?? -1n
  const name = (quote: PositionQuote): string => `${quote.market}/${quote.position}`
  return [...quotes].sort((a, b) => (net(a) === net(b) ? (name(a) < name(b) ? -1 : 1) : net(a) > net(b) ? -1 : 1))
}
