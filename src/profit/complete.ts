import { refuse, type Refusal } from '../domain/refusal.js'
import type { Plan } from '../domain/plan.js'
import { batchOf, MOST_CALLS, type Batch } from './batch.js'
import { bestLeg } from './best-leg.js'
import type { PositionQuote } from './combine.js'
import { startOf, type ProfitContext, type Situation } from './context.js'
import type { PoolBook } from './pool-book.js'
import { realisedBase } from './realised-debt.js'
import { plansBehind } from './together.js'
import type { QuotedLeg } from './trial.js'

/** The same context for what is taken at a loss: any gain at the pools will do, and nobody bids for it. */
export const atLoss = (context: ProfitContext): ProfitContext => ({
  ...context,
  settings: { ...context.settings, atLoss: true, contest: null },
})

/**
 * A position that does not pay, liquidated so that as much of its debt as the protocol allows is really realised: of each pair
 * the largest legal repayment and no other, first the pair that writes off what is left, then the one that ends the most debt,
 * and behind it what is still legal, in one transaction. `context` is one `atLoss`. Pure.
 */
export function completePosition(
  { market, position, plans }: Pick<PositionQuote, 'market' | 'position' | 'plans'>,
  context: ProfitContext,
  book: PoolBook,
): PositionQuote {
  const legs: QuotedLeg[] = []
  let [next, situation, calls] = [plans, startOf(book), MOST_CALLS]
  let refusal: Refusal | null = null
  while (next.length > 0 && calls > 0) {
    const answer = mostRealising(next, calls, context, situation)
    if ('code' in answer) {
      refusal = answer
      break
    }
    // one transaction measures its gain in one token
    if (legs.some(({ profitToken }) => profitToken !== answer.profitToken)) break
    legs.push(answer)
    ;[next, situation, calls] = [plansBehind(answer), answer.after, calls - answer.amounts.calls.length]
  }
  const [leg = null, ...further] = legs
  const why = refusal ?? refuse('no-collateral', 'the position has no pair to liquidate')
  return { market, position, plans, leg, further, refusal: leg === null ? why : null }
}

/** The refusal of the last one where none can be sold. */
function mostRealising(
  plans: readonly Plan[],
  calls: number,
  context: ProfitContext,
  situation: Situation,
): QuotedLeg | Refusal {
  const answers = plans.map((plan) => largest(plan, calls, context, situation))
  const legs = answers.flatMap((answer) => ('parts' in answer ? [answer] : []))
  const [first, ...others] = legs
  if (first === undefined) return answers.flatMap((one) => ('code' in one ? [one] : [])).at(-1) ?? NOT_ALL
  return others.reduce((best, leg) => (endsMore(leg, best) ? leg : best), first)
}

/** All that several calls may take, else all that one may. */
function largest(plan: Plan, calls: number, context: ProfitContext, situation: Situation): QuotedLeg | Refusal {
  const many = whole(batchOf(plan, calls))
  const answer = bestLeg(many, context, situation)
  return 'parts' in answer || many.maxRepay === plan.maxRepay
    ? answer
    : bestLeg(whole(batchOf(plan, 1)), context, situation)
}

const NOT_ALL = refuse('dust-rule', 'backstop mode takes all that is legal')

const whole = (batch: Batch): Batch => ({
  ...batch,
  marks: [],
  at: (repay) => (repay === batch.maxRepay ? batch.at(repay) : NOT_ALL),
})

function endsMore(a: QuotedLeg, b: QuotedLeg): boolean {
  const writesOff = [a, b].map(({ amounts }) => amounts.deficitBase > 0n)
  if (writesOff[0] !== writesOff[1]) return writesOff[0] === true
  const [ends, other] = [realisedBase(a.batch, a.amounts), realisedBase(b.batch, b.amounts)]
  return ends === other ? a.netWei > b.netWei : ends > other
}
