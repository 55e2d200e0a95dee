import { bidFor } from '../../../src/profit/bid.js'
import { batchOf } from '../../../src/profit/batch.js'
import { isAmounts } from '../../../src/profit/legal-sizes.js'
import type { Route } from '../../../src/profit/route.js'
import { routesOf } from '../../../src/profit/routes.js'
import { walkRoute } from '../../../src/profit/walk-route.js'
import type { Scene } from './synthetic.js'

/** Every route that is among the best at one of twenty sizes, many of which `bestLeg` never looks at. */
export function allRoutes({ plan, book, context }: Scene): Route[] {
  const sizes = Array.from({ length: 20 }, (_, i) => (plan.maxRepay * BigInt(i + 1)) / 20n)
  const samples = [...sizes, plan.maxRepay / 100n].map((r) => plan.at(r)).filter(isAmounts)
  const { wrappedNative: profitToken, hops } = context.chain
  return routesOf({ plan, desk: context.desk(plan.market), book, hops, profitToken, samples, swapCostWei: 0n })
}

/** Net of one size on one route, computed without the optimiser; null where it cannot be done or is refused. */
export function netOf({ plan, book, context }: Scene, route: Route, repay: bigint): bigint | null {
  const batch = batchOf(plan, 1)
  const amounts = batch.at(repay)
  if (!isAmounts(amounts)) return null
  const { toleranceBps, limitBps } = context.settings
  const walk = walkRoute(route, {
    ...{ batch, amounts, book, held: new Map(), first: true, toleranceBps, limitBps, gas: context.gas, encode: null },
  })
  if (walk === null) return null
  const bid = bidFor(walk.gross, walk.gas + context.gas.transaction, 1n, true, context)
  return 'netWei' in bid && !bid.capped ? bid.netWei : null
}

/** The greatest of those there are. */
export const best = (nets: readonly (bigint | null)[]): bigint | null =>
  nets.reduce((a, b) => (b === null || (a !== null && a >= b) ? a : b), null)
