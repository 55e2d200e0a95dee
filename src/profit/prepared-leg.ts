import type { Address } from '../domain/chain.js'
import { refuse, type Refusal } from '../domain/refusal.js'
import type { Plan } from '../domain/plan.js'
import { batchOf, MOST_CALLS, type Batch } from './batch.js'
import { ruleOf } from './best-leg.js'
import type { ProfitContext, Situation } from './context.js'
import type { Route } from './route.js'
import { tryAll } from './search-size.js'
import { compare, greatest, Trial, type Choice, type QuotedLeg } from './trial.js'

/** How one pair of a position was found to pay best: its route, and which part of the largest repayment. */
export interface PreparedWay {
  readonly collateral: Address
  readonly debt: Address
  readonly route: Route
  /** Millionths of `Batch.maxRepay`, rounded down. */
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

export const WHOLE = 1_000_000n
/** Ways of a position that are tried when it comes to it: the one that nets most may have changed with the price. */
const MOST_WAYS = 2
/** Sizes that are tried, in thousandths of the prepared one. The price has moved a little, and with it the best size. */
const AROUND = [1_000n, 970n, 1_030n, 900n, 1_100n, 750n, 1_300n, 500n]
/** The same where none of those pays: somebody has traded in the pools since. */
const FAR_BELOW = [400n, 300n, 200n, 120n, 60n, 30n]

/** What `leg` teaches for the next time. */
export const wayOf = ({ batch, way, amounts, netWei, worth }: QuotedLeg): PreparedWay => ({
  ...{ collateral: batch.collateral.address, debt: batch.debt.address, route: way, netWei, worth },
  share: batch.maxRepay === 0n ? WHOLE : (amounts.repay * WHOLE) / batch.maxRepay,
})

/**
 * The best of the prepared ways at the prices and pools of now: nothing but their sizes is looked for. A fraction of the
 * work of `bestLeg`, and never better than it. `calls`: so many at the most. Refuses with `no-route` when no way fits a plan any more, else as `bestLeg`.
 * Pure.
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
    const trial = new Trial(batch, ruleOf(batch, situation), context.desk(plan.market), context, situation)
    const attempt = trial.on(route)
    const near = trial.bestOf(route, tryAll(sizesAround(batch, share), attempt))
    const paid = near !== null && near.score.refusal === null
    const choice = paid ? near : greatest([near, trial.bestOf(route, tryAll(sizesBelow(batch, share), attempt))])
    if (choice !== null) found.push({ trial, choice })
  }
  const [first, ...others] = found
  if (first === undefined) return refuse('no-route', 'no prepared way carries any size at this price')
  const best = others.reduce((a, b) => (compare(b.choice.score, a.choice.score) > 0 ? b : a), first)
  return best.choice.score.refusal ?? best.trial.leg(best.choice)
}

const bestOf = (ways: readonly PreparedWay[]): readonly PreparedWay[] =>
  [...ways].sort((a, b) => (a.worth === b.worth ? 0 : a.worth > b.worth ? -1 : 1)).slice(0, MOST_WAYS)

/** The largest repayment, what fewer calls may repay, the prepared share and some around that. */
function sizesAround({ maxRepay, marks }: Batch, share: bigint): bigint[] {
  const aimed = (maxRepay * share) / WHOLE
  const sizes = new Set([maxRepay, ...marks])
  // where everything is taken there is nothing above, and less was tried when the way was found
  const around = share >= WHOLE - WHOLE / 1_000n ? AROUND.slice(0, 2) : AROUND
  for (const part of around) {
    const size = (aimed * part) / 1_000n
    if (size > 0n && size <= maxRepay) sizes.add(size)
  }
  return [...sizes]
}

const sizesBelow = ({ maxRepay }: Batch, share: bigint): bigint[] =>
  FAR_BELOW.map((part) => (((maxRepay * share) / WHOLE) * part) / 1_000n).filter((size) => size > 0n)

/** The largest size that may be chosen on this way when it comes to it: what a rehearsal must carry. Null where none pays. */
export function largestLeg(
  plan: Plan,
  way: PreparedWay,
  context: ProfitContext,
  situation: Situation,
): QuotedLeg | null {
  const batch = batchOf(plan)
  const trial = new Trial(batch, ruleOf(batch, situation), context.desk(plan.market), context, situation)
  const attempt = trial.on(way.route)
  const sizes = sizesAround(batch, way.share).sort((a, b) => (a > b ? -1 : 1))
  for (const size of sizes) {
    const choice = trial.bestOf(way.route, tryAll([size], attempt))
    if (choice !== null && choice.score.refusal === null) return trial.leg(choice)
  }
  return null
}
