import type { Address } from '../domain/chain.js'
import { refuse, type Refusal } from '../domain/refusal.js'
import type { Plan } from '../domain/plan.js'
import { batchOf, type Batch } from './batch.js'
import { gasCostOf } from './bid.js'
import { reserveKey, type ProfitContext, type Situation } from './context.js'
import { isAmounts, legalSizes, type LegalSizes, type SizeRule } from './legal-sizes.js'
import type { Route } from './route.js'
import { routesOf } from './routes.js'
import { searchSizes, tryAll } from './search-size.js'
import { compare, greatest, Trial, type Choice, type QuotedLeg } from './trial.js'

/** Sizes at which all routes are tried, of the largest legal one. */
const FEW_PERCENT = [100n, 50n, 10n]
/** The same where the largest is more than the route carries. */
const LITTLE_PERCENT = [25n, 2n]
/** Routes whose size is then searched. */
const REFINED_ROUTES = 4

/**
 * The repayment, route and flash source of a batch (or of a plan, as often as it can be called) that net most after exit, flash cost, gas and bid, in this situation.
 * Refuses with the plan's own reason (`no-liquidity`, `dust-rule` …), `no-route`, `no-exit`, `below-min-profit` or
 * `fee-share`, each with its figure. Pure.
 */
export function bestLeg(of: Plan | Batch, context: ProfitContext, situation: Situation): QuotedLeg | Refusal {
  const plan = 'marks' in of ? of : batchOf(of)
  const desk = context.desk(plan.market)
  const rule = ruleOf(plan, situation)
  const sizes = legalSizes(plan, rule)
  const largest = sizes.ladder.at(-1)
  if (largest === undefined) return sizes.refusal ?? refuse('dust-rule', 'no repayment is legal')
  const samples = [largest, nearest(sizes.ladder, largest / 2n), nearest(sizes.ladder, largest / 10n)]
    .map(rule)
    .filter(isAmounts)
  const swapCostWei = gasCostOf(context.gas.swap, context)
  const request = { plan, desk, book: situation.book, hops: context.chain.hops, samples, swapCostWei }
  const trial = new Trial(plan, rule, desk, context, situation)
  const routes: Route[] = []
  for (const profitToken of profitTokens(plan, context)) {
    const found = routesOf({ ...request, profitToken })
    routes.push(...found)
    const best = bestChoice(found, plan, sizes, trial)
    const refusal = best?.score.refusal
    if (refusal?.code === 'below-min-profit' && !found.some((route) => trial.on(route)(largest))) {
      return refuse(
        'no-exit',
        `the exit has no depth for ${largest}; at ${best?.repay}: ${refusal.detail}`,
        refusal.figure,
      )
    }
    if (refusal) return refusal
    if (best) return trial.leg(best)
  }
  const pair = `${plan.collateral.symbol} → ${plan.debt.symbol}`
  if (routes.length === 0) return refuse('no-route', `no pool or lender connects ${pair}`)
  const smallest = sizes.ladder[0] ?? 0n
  const detail = `no repayment from ${smallest} to ${largest} of ${plan.debt.symbol} leaves a gain on the way ${pair}`
  return refuse('no-exit', detail, smallest.toString())
}

/** The smallest rung at or above `size`. */
const nearest = (ladder: readonly bigint[], size: bigint): bigint => ladder.find((rung) => rung >= size) ?? size

/** The wrapped native token, of which a bid can be paid; where nothing leads there, what the liquidation leaves. */
const profitTokens = (plan: Batch, { chain }: ProfitContext): readonly Address[] => [
  ...new Set([chain.wrappedNative, plan.debt.address, plan.collateral.address]),
]

/** Why a market with a reserves target sells nothing behind earlier legs; null where it does, or has no target. */
function keptBehind(
  { market, debt, reserveRoom }: Batch,
  { taken, known }: Pick<Situation, 'taken' | 'known'>,
): Refusal | null {
  if (reserveRoom === undefined) return null
  const key = reserveKey(market, debt.address)
  const raised = (known.get(key) ?? 0n) - (taken.get(key) ?? 0n)
  return raised < reserveRoom.headroom
    ? null
    : refuse('not-for-sale', 'earlier legs raise the reserves to their target: collateral is kept', raised.toString())
}

/** What the market allows of this batch behind earlier legs. */
export function ruleOf(plan: Batch, { taken, known }: Situation): SizeRule {
  const key = reserveKey(plan.market, plan.collateral.address)
  const gone = (taken.get(key) ?? 0n) - (known.get(key) ?? 0n)
  const kept = keptBehind(plan, { taken, known })
  return (repay) => {
    if (kept !== null) return kept
    const answer = plan.at(repay)
    if (!isAmounts(answer) || gone <= 0n || answer.seize + gone <= plan.availableCollateral) return answer
    return refuse(
      'no-liquidity',
      `earlier legs leave less ${plan.collateral.symbol} in the market than this one seizes`,
    )
  }
}

/**
 * All routes at a few sizes, the best ones searched. A ladder of 100, 50 and 10 % of what one call may take, and of what all
 * may, is among the few, so that no choice is worse than it. A route that carries none of them may carry less.
 */
function bestChoice(routes: readonly Route[], { marks }: Batch, sizes: LegalSizes, trial: Trial): Choice | null {
  const tops = [sizes.ladder.at(-1) ?? 0n, ...marks.slice(0, 1)]
  const at = (percent: bigint): readonly bigint[] => tops.map((top) => nearest(sizes.ladder, (top * percent) / 100n))
  const few = FEW_PERCENT.flatMap(at)
  const little = LITTLE_PERCENT.flatMap(at)
  const tried = routes.map((route) => {
    const attempt = trial.on(route)
    const carried = tryAll(few, attempt)
    const more = carried.length < few.length ? tryAll(little, attempt) : []
    return { route, attempt, best: trial.bestOf(route, [...carried, ...more]) }
  })
  const screened = ranked(tried)
  const hopeful = screened.length > 0 ? screened.slice(0, REFINED_ROUTES) : tried
  const refined = hopeful.flatMap(({ route, attempt }) => {
    const sized = searchSizes(sizes, attempt, (gas, size) => trial.gasMatters(route, gas, size))
    return trial.bestOf(route, sized) ?? []
  })
  return greatest([...screened.map(({ best }) => best), ...refined])
}

function ranked<T extends { readonly best: Choice | null }>(tried: readonly T[]): (T & { readonly best: Choice })[] {
  const possible = tried.flatMap((t) => (t.best ? [{ ...t, best: t.best }] : []))
  return possible.sort((a, b) => compare(b.best.score, a.best.score))
}
