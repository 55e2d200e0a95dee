import { batchOf, MOST_CALLS } from './batch.js'
import { ruleOf } from './best-leg.js'
import { withOthers, type ProfitContext } from './context.js'
import type { InPieces } from './in-pieces.js'
import { preparedLeg, wayOf, type PreparedWay } from './prepared-leg.js'
import { tryAll } from './search-size.js'
import { plansBehind, worthTogether } from './together.js'
import { Trial, type QuotedLeg } from './trial.js'

/** Sizes of the first call that are tried over all it may take, and then to each side of the best of them. */
const COARSE = 24n
const FINE = 8n

/**
 * The same sequence with the size of its first call that is worth most, its routes and what follows as they are. Where a first
 * call leaves less to the next, the market's prices alone do not say how much to take: one of the exits may be the better one.
 */
export function* refined(legs: readonly QuotedLeg[], context: ProfitContext): InPieces<readonly QuotedLeg[]> {
  const [first, ...rest] = legs
  const plan = first?.amounts.calls[0]?.plan
  if (first === undefined || plan === undefined || rest.length === 0 || first.amounts.calls.length > 1) return legs
  const { before, way } = first
  const batch = batchOf(plan, 1)
  const trial = new Trial(batch, ruleOf(batch, before), context.desk(plan.market), context, before)
  const attempt = trial.on(way)
  const ways = rest.map(wayOf)
  let best = legs
  const look = (size: bigint): void => {
    const choice = size <= 0n || size > plan.maxRepay ? null : trial.bestOf(way, tryAll([size], attempt))
    const found = choice === null ? [] : followed(trial.leg(choice), ways, context)
    if (worthTogether(found, context) > worthTogether(best, context)) best = found
  }
  for (let k = 1n; k <= COARSE; k++) {
    look((plan.maxRepay * k) / COARSE)
    yield
  }
  const middle = best[0]?.amounts.repay ?? 0n
  for (let k = -FINE; k <= FINE; k++) {
    look(middle + (plan.maxRepay * k) / (COARSE * (FINE + 1n)))
    yield
  }
  return best
}

/** `first` and, on the plans that it leaves, each of `ways`; empty where one of them does not fit or pay. */
function followed(first: QuotedLeg, ways: readonly PreparedWay[], context: ProfitContext): readonly QuotedLeg[] {
  const legs = [first]
  for (const way of ways) {
    const last = legs.at(-1) ?? first
    const left = MOST_CALLS - legs.reduce((sum, { amounts }) => sum + amounts.calls.length, 0)
    const next = preparedLeg(left > 0 ? plansBehind(last) : [], [way], context, withOthers(last.after), left)
    if (!('parts' in next)) return []
    legs.push(next)
  }
  return legs
}
