import { joined, samePair } from './batch.js'
import { bestLeg } from './best-leg.js'
import type { ProfitContext } from './context.js'
import type { QuotedLeg } from './trial.js'

/**
 * `legs` with the liquidations of `added` put into the exit of an earlier leg of the same pair: one flash swap buys the debt
 * of both, one pool is paid once. Null where no leg has the pair, or where more legs of its position rest on its amounts, or
 * where the exit does not carry both. The legs behind it are quoted again. Pure.
 */
export function sharing(
  legs: readonly QuotedLeg[],
  added: QuotedLeg,
  context: ProfitContext,
): readonly QuotedLeg[] | null {
  const at = legs.findIndex((leg, i) => samePair(leg.batch, added.batch) && !restsOn(legs.slice(i + 1), leg))
  const host = legs[at]
  if (host === undefined) return null
  const shared = bestLeg(joined([host.batch, added.batch]), context, host.before)
  if (!('parts' in shared) || !places(added).every((place) => places(shared).includes(place))) return null
  const done = [...legs.slice(0, at), shared]
  for (const { batch, before } of legs.slice(at + 1)) {
    const again = bestLeg(batch, context, { ...(done.at(-1)?.after ?? before), known: before.known })
    if (!('parts' in again)) return null
    done.push(again)
  }
  return done
}

const places = ({ amounts }: QuotedLeg): readonly string[] =>
  amounts.calls.map(({ plan }) => `${plan.market}/${plan.position}`)

/** True when a later leg is of a position that `leg` liquidates: its plans are those behind exactly these amounts. */
const restsOn = (later: readonly QuotedLeg[], leg: QuotedLeg): boolean =>
  later.some((other) => places(other).some((place) => places(leg).includes(place)))
