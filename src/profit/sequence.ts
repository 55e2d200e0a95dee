import { refuse, type Refusal } from '../domain/refusal.js'
import type { Plan } from '../domain/plan.js'
import { batchOf, MOST_CALLS, mostThatKeepsOpen, samePair } from './batch.js'
import { bestLeg } from './best-leg.js'
import { withOthers, type ProfitContext, type Situation } from './context.js'
import { bestSplit } from './best-split.js'
import { finished, type InPieces } from './in-pieces.js'
import { refined } from './refine-sequence.js'
import { plansBehind, worthTogether } from './together.js'
import type { QuotedLeg } from './trial.js'

/** First liquidations from which further ones are looked for. */
const WIDTH = 2

export interface Sequence {
  /** Of one position, in order; empty with the reason. */
  readonly legs: readonly QuotedLeg[]
  readonly refusal: Refusal | null
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

/**
 * The liquidations of one position, at most four calls, that net most together in one transaction. A pair alone, call by
 * call, is a batch; here one pair follows another: behind each of the best first legs, as it is and held down to what keeps
 * the position liquidatable, everything that is still legal is tried again. Pure.
 */
export function bestSequence(
  plans: readonly Plan[],
  known: readonly Refusal[],
  context: ProfitContext,
  situation: Situation,
): Sequence {
  const answers = plans.map((plan) => bestLeg(plan, context, situation))
  const legs = answers.flatMap((answer) => ('parts' in answer ? [answer] : []))
  if (legs.length > 0) return { legs: finished(sequences(legs, context)), refusal: null }
  const refusals = [...known, ...answers.flatMap((answer) => ('parts' in answer ? [] : [answer]))]
  const nearness = (code: string): number => (NEARNESS.includes(code) ? NEARNESS.indexOf(code) : NEARNESS.length)
  const [nearest] = refusals.sort((a, b) => nearness(a.code) - nearness(b.code))
  return { legs: [], refusal: nearest ?? refuse('no-collateral', 'the position has no pair to liquidate') }
}

/** The best sequence that begins with one of `legs`, which are the best of each pair alone. */
export function* sequences(legs: readonly QuotedLeg[], context: ProfitContext): InPieces<readonly QuotedLeg[]> {
  return yield* refined(yield* continued([], legs, MOST_CALLS, context), context)
}

/** `before` with the best of `legs` and whatever pays behind it; `before` alone where nothing adds. */
function* continued(
  before: readonly QuotedLeg[],
  legs: readonly QuotedLeg[],
  calls: number,
  context: ProfitContext,
): InPieces<readonly QuotedLeg[]> {
  const ranked = [...legs].sort((a, b) => (a.worth === b.worth ? 0 : a.worth > b.worth ? -1 : 1))
  let best = before
  const offer = (sequence: readonly QuotedLeg[]): void => {
    if (worthTogether(sequence, context) > worthTogether(best, context)) best = sequence
  }
  const [first] = ranked
  if (first !== undefined) offer([...before, first])
  // one pair that pays is a batch already
  if (ranked.length < 2) return best
  for (const leg of ranked.slice(0, WIDTH)) {
    for (const start of [leg, ...(yield* heldDown(leg, before.length === 0 ? legs : [], context))]) {
      const left = calls - start.amounts.calls.length
      const next = left > 0 ? yield* legsBehind(start, left, context) : []
      if (next.length > 0) offer(yield* continued([...before, start], next, left, context))
    }
  }
  return best
}

/** Legs of what is still legal of the position behind `leg`. */
function* legsBehind(leg: QuotedLeg, calls: number, context: ProfitContext): InPieces<QuotedLeg[]> {
  const found: QuotedLeg[] = []
  for (const plan of plansBehind(leg)) {
    const answer = bestLeg(batchOf(plan, calls), context, withOthers(leg.after))
    if ('parts' in answer) found.push(answer)
    yield
  }
  return found
}

/**
 * The leg held down to one call of a smaller size, behind which more is legal: to what leaves the position liquidatable, and
 * to what leaves the most for each of the other pairs.
 */
function* heldDown(
  { amounts, batch, before }: QuotedLeg,
  others: readonly QuotedLeg[],
  context: ProfitContext,
): InPieces<QuotedLeg[]> {
  const plan = amounts.calls[0]?.plan
  if (plan === undefined) return []
  const rivals = others.flatMap(({ batch: other }) => (samePair(other, batch) ? [] : [other]))
  const sizes = [mostThatKeepsOpen(plan), ...rivals.map((other) => bestSplit(plan, other))]
  const smaller = new Set(sizes.filter((size) => size !== null && (size < amounts.repay || amounts.calls.length > 1)))
  const found: QuotedLeg[] = []
  for (const most of smaller) {
    const answer = bestLeg({ ...batchOf(plan, 1), maxRepay: most ?? 0n }, context, withOthers(before))
    if ('parts' in answer) found.push(answer)
    yield
  }
  return found
}
