import type { Refusal } from '../domain/refusal.js'
import type { Plan } from '../domain/plan.js'
import { batchOf, MOST_CALLS, mostThatKeepsOpen, type Batch } from './batch.js'
import { ruleOf } from './best-leg.js'
import type { PositionQuote } from './combine.js'
import { startOf, withOthers, type ProfitContext, type Situation } from './context.js'
import type { PoolBook } from './pool-book.js'
import { preparedLeg, wayOf, WHOLE, type PreparedWay } from './prepared-leg.js'
import { tryAll } from './search-size.js'
import { netTogether, plansBehind, worthTogether } from './together.js'
import { Trial, type QuotedLeg } from './trial.js'

/** What a sequence of legs on several pairs teaches for the next time; null for less than two. */
export function wayOfSequence(legs: readonly QuotedLeg[], context: ProfitContext): PreparedWay | null {
  const [first, ...others] = legs
  if (first === undefined || others.length === 0) return null
  const calls = first.amounts.calls.length
  // held down to less than it could take: its own limit says nothing
  const plan = first.amounts.calls[0]?.plan
  const most = plan === undefined ? 0n : batchOf(plan, calls).maxRepay
  const behind = wayOfSequence(others, context)
  const ways = behind === null ? others.map(wayOf) : [behind]
  return {
    ...wayOf(first),
    share: most === 0n ? WHOLE : (first.amounts.repay * WHOLE) / most,
    netWei: netTogether(legs, context),
    worth: worthTogether(legs, context),
    sequel: { calls, ways },
  }
}

/**
 * The legs of a prepared sequence at the prices and pools of now: of each but the last the prepared part of what may be taken,
 * and what just keeps the position liquidatable. Empty where something on the way does not fit or pay any more. Pure.
 */
export function preparedSequence(
  plans: readonly Plan[],
  way: PreparedWay,
  context: ProfitContext,
  situation: Situation,
  calls = MOST_CALLS,
): readonly QuotedLeg[] {
  const { collateral, debt, route, share, sequel } = way
  const plan = plans.find((one) => one.collateral.address === collateral && one.debt.address === debt)
  if (plan === undefined || calls <= 0) return []
  if (sequel === undefined) {
    const last = preparedLeg([plan], [way], context, situation, calls)
    return 'parts' in last ? [last] : []
  }
  const batch = batchOf(plan, Math.min(sequel.calls, calls))
  const trial = new Trial(batch, ruleOf(batch, situation), context.desk(plan.market), context, situation)
  let best: readonly QuotedLeg[] = []
  for (const size of firstSizes(plan, batch, share)) {
    const choice = trial.bestOf(route, tryAll([size], trial.on(route)))
    if (choice === null) continue
    const first = trial.leg(choice)
    for (const next of sequel.ways) {
      const left = calls - first.amounts.calls.length
      const rest = preparedSequence(plansBehind(first), next, context, withOthers(first.after), left)
      const legs = rest.length === 0 ? [] : [first, ...rest]
      if (legs.length > 0 && worthTogether(legs, context) > worthTogether(best, context)) best = legs
    }
  }
  return best
}

function firstSizes(plan: Plan, { maxRepay }: Batch, share: bigint): readonly bigint[] {
  const open = mostThatKeepsOpen(plan)
  const sizes = [(maxRepay * share) / WHOLE, ...(open === null ? [] : [open])]
  return [...new Set(sizes)].filter((size) => size > 0n && size <= maxRepay)
}

/** The quote of a position by its prepared ways, alone and behind others. Behind others, its sequences are left out. */
export function quotePrepared(
  { market, position, plans }: Pick<PositionQuote, 'market' | 'position' | 'plans'>,
  ways: readonly PreparedWay[],
  context: ProfitContext,
  book: PoolBook,
): PositionQuote {
  const again = (situation: Situation): QuotedLeg | Refusal => preparedLeg(plans, ways, context, situation)
  const answer = again(startOf(book))
  const alone = 'parts' in answer ? [answer] : []
  let best: readonly QuotedLeg[] = alone
  for (const way of ways) {
    if (way.sequel === undefined) continue
    const legs = preparedSequence(plans, way, context, startOf(book))
    if (worthTogether(legs, context) > worthTogether(best, context)) best = legs
  }
  const [leg = null, ...further] = best
  return { market, position, plans, leg, further, refusal: 'parts' in answer || leg !== null ? null : answer, again }
}
