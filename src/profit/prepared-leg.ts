import type { Address } from '../domain/chain.js'
import { refuse, type Refusal } from '../domain/refusal.js'
import type { Plan } from '../domain/plan.js'
import { batchOf, MOST_CALLS, type Batch } from './batch.js'
import { ruleOf } from './best-leg.js'
import type { ProfitContext, Situation } from './context.js'
import { isAmounts, legalSizes, type SizeRule } from './legal-sizes.js'
import type { Route } from './route.js'
import { searchSizes, tryAll } from './search-size.js'
import { compare, greatest, Trial, type Choice, type QuotedLeg } from './trial.js'

/** How one pair of a position was found to pay best: its route, and which part of the largest repayment. */
export interface PreparedWay {
  readonly collateral: Address
  readonly debt: Address
  readonly route: Route
  /** Of `Batch.maxRepay`, in parts of `WHOLE`, rounded down. */
  readonly share: bigint
  readonly netWei: bigint
  /** By what ways are compared, see `worthOf`. */
  readonly worth: bigint
  /** What follows behind it, on other pairs: the way is then one of a sequence, and its net is that of all. */
  readonly sequel?: Sequel
}

/** Ways that follow one another; `calls` are those of the first, `share` is of what so many calls may take. */
export interface Sequel {
  readonly calls: number
  readonly ways: readonly PreparedWay[]
}

/** Fine enough that no tick is crossed for its rounding. */
export const WHOLE = 10n ** 12n
/** Ways of a position that are tried when it comes to it: the one that nets most may have changed with the price. */
const MOST_WAYS = 2
/** Sizes that are tried, in thousandths of the prepared one. The price has moved a little, and with it the best size. */
const AROUND = [1_000n, 970n, 1_030n, 900n, 1_100n, 750n, 1_300n, 500n]
/** The same where everything is taken: the first that is legal. Rules that forbid to leave dust leave a gap below it. */
const BELOW_ALL = [970n, 900n, 850n, 800n, 750n, 600n, 500n, 250n]
/** The best size is taken for it where another one was tried that is at most so much smaller, and one that is as much larger. */
const BRACKET = 2n

/** What `leg` teaches for the next time. */
export const wayOf = ({ batch, way, amounts, netWei, worth }: QuotedLeg): PreparedWay => ({
  ...{ collateral: batch.collateral.address, debt: batch.debt.address, route: way, netWei, worth },
  share: batch.maxRepay === 0n ? WHOLE : (amounts.repay * WHOLE) / batch.maxRepay,
})

/**
 * The best of the prepared ways at the prices and pools of now: nothing but their sizes is looked for, and they only around the
 * prepared ones, unless the best of these shows that it lies elsewhere. A fraction of the work of `bestLeg`, and never better
 * than it. `calls`: so many at the most. Refuses with `no-route` when no way fits a plan any more, else as `bestLeg`. Pure.
 */
export function preparedLeg(
  plans: readonly Plan[],
  ways: readonly PreparedWay[],
  context: ProfitContext,
  situation: Situation,
  calls = MOST_CALLS,
): QuotedLeg | Refusal {
  const found: { readonly trial: Trial; readonly choice: Choice }[] = []
  for (const { collateral, debt, route, share } of bestOf(ways.filter(({ sequel }) => sequel === undefined))) {
    const plan = plans.find((one) => one.collateral.address === collateral && one.debt.address === debt)
    if (plan === undefined) continue
    const batch = batchOf(plan, calls)
    const rule = ruleOf(batch, situation)
    const trial = new Trial(batch, rule, context.desk(plan.market), context, situation)
    const choice = bestSize({ batch, rule, trial }, route, share)
    if (choice !== null) found.push({ trial, choice })
  }
  const [first, ...others] = found
  if (first === undefined) return refuse('no-route', 'no prepared way carries any size at this price')
  const best = others.reduce((a, b) => (compare(b.choice.score, a.choice.score) > 0 ? b : a), first)
  return best.choice.score.refusal ?? best.trial.leg(best.choice)
}

const bestOf = (ways: readonly PreparedWay[]): readonly PreparedWay[] =>
  [...ways].sort((a, b) => (a.worth === b.worth ? 0 : a.worth > b.worth ? -1 : 1)).slice(0, MOST_WAYS)

interface Ground {
  readonly batch: Batch
  readonly rule: SizeRule
  readonly trial: Trial
}

/** A size near the prepared one; where somebody has traded in the pools since, so that it is not there, it is searched. */
function bestSize({ batch, rule, trial }: Ground, route: Route, share: bigint): Choice | null {
  const attempt = trial.on(route)
  const sizes = sizesAround(batch, rule, share)
  const near = trial.bestOf(route, tryAll(sizes, attempt))
  if (near !== null && near.score.refusal === null && isBracketed(near.repay, sizes, batch)) return near
  const searched = searchSizes(legalSizes(batch, rule), attempt, (gas, of) => trial.gasMatters(route, gas, of))
  return greatest([near, trial.bestOf(route, searched)])
}

/** Nothing legal below counts as something that was tried there. */
function isBracketed(best: bigint, sizes: readonly bigint[], { maxRepay }: Batch): boolean {
  if (best === maxRepay) return true
  const above = sizes.some((size) => size > best && size <= best * BRACKET)
  return above && sizes.some((size) => size < best && size * BRACKET >= best)
}

/** The largest repayment, what fewer calls may repay, the prepared share and some around that. */
function sizesAround({ maxRepay, marks }: Batch, rule: SizeRule, share: bigint): bigint[] {
  const aimed = (maxRepay * share) / WHOLE
  const sized = (parts: readonly bigint[]): bigint[] => parts.map((part) => (aimed * part) / 1_000n)
  // where everything is taken there is nothing above, and less was tried when the way was found
  const isAll = share >= WHOLE - WHOLE / 1_000n
  const below = isAll ? sized(BELOW_ALL).find((size) => isAmounts(rule(size))) : undefined
  const around = isAll ? [aimed, ...(below === undefined ? [] : [below])] : sized(AROUND)
  return [...new Set([maxRepay, ...marks, ...around.filter((size) => size > 0n && size <= maxRepay)])]
}

/** The largest size that may be chosen on this way when it comes to it: what a rehearsal must carry. Null where none pays. */
export function largestLeg(
  plan: Plan,
  way: PreparedWay,
  context: ProfitContext,
  situation: Situation,
): QuotedLeg | null {
  const batch = batchOf(plan)
  const rule = ruleOf(batch, situation)
  const trial = new Trial(batch, rule, context.desk(plan.market), context, situation)
  const attempt = trial.on(way.route)
  const sizes = sizesAround(batch, rule, way.share).sort((a, b) => (a > b ? -1 : 1))
  for (const size of sizes) {
    const choice = trial.bestOf(way.route, tryAll([size], attempt))
    if (choice !== null && choice.score.refusal === null) return trial.leg(choice)
  }
  return null
}
