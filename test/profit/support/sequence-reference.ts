import type { Address } from '../../../src/domain/chain.js'
import type { Plan } from '../../../src/domain/plan.js'
import { batchOf, plansOf, samePair, type BatchAmounts } from '../../../src/profit/batch.js'
import { bidFor } from '../../../src/profit/bid.js'
import { startOf, type Situation } from '../../../src/profit/context.js'
import { isAmounts } from '../../../src/profit/legal-sizes.js'
import type { Route } from '../../../src/profit/route.js'
import type { Walk } from '../../../src/profit/walk.js'
import { walkRoute } from '../../../src/profit/walk-route.js'
import type { Outlook } from './keeper-bed.js'
import { allRoutes, netOf } from './reference.js'

/** Points of the grid over one call, and of each side of the grid over two. */
const LINE = 10_000n
const SIDE = 100n
const COARSE = 40n

interface Reference {
  readonly net: bigint | null
  readonly calls: number
}

/**
 * The best of 100, 50 and 10 % on every route of every pair, of a line of 10,000 sizes on the best of them, and of two calls
 * on a grid of 100 × 100 sizes: the same pair in one exit, other pairs in an exit of their own.
 */
export function referenceOf(outlook: Outlook, user: Address): Reference {
  let best: Reference = { net: null, calls: 0 }
  const offer = (net: bigint | null, calls: number): void => {
    if (net !== null && (best.net === null || net > best.net)) best = { net, calls }
  }
  const plans = outlook.plans(user).map((plan) => ({ plan, route: routeOf(outlook, plan, offer) }))
  const first = [...plans].sort((a, b) => (a.route.net < b.route.net ? 1 : -1))[0]
  if (first?.route.route === undefined) return best
  const scene = { ...outlook, plan: first.plan }
  for (let k = 1n; k <= LINE; k++) offer(netOf(scene, first.route.route, (first.plan.maxRepay * k) / LINE), 1)
  for (const { plan, route } of plans.slice(0, 3)) if (route.route) twoCalls(outlook, plan, route.route, offer)
  return best
}

function routeOf(
  outlook: Outlook,
  plan: Plan,
  offer: (net: bigint | null, calls: number) => void,
): { route: Route | undefined; net: bigint } {
  const scene = { ...outlook, plan }
  let best: { route: Route | undefined; net: bigint } = { route: undefined, net: -1n }
  for (const route of allRoutes(scene)) {
    for (const size of [plan.maxRepay, plan.maxRepay / 2n, plan.maxRepay / 10n]) offer(netOf(scene, route, size), 1)
    for (let k = 1n; k <= COARSE; k++) {
      const net = netOf(scene, route, (plan.maxRepay * k) / COARSE)
      if (net !== null && net > best.net) best = { route, net }
    }
  }
  return best
}

function twoCalls(
  outlook: Outlook,
  plan: Plan,
  route: Route,
  offer: (net: bigint | null, calls: number) => void,
): void {
  const start = startOf(outlook.book)
  const routes = new Map<string, Route | undefined>()
  for (let k = 1n; k <= SIDE; k++) {
    const repay = (plan.maxRepay * k) / SIDE
    const one = batchOf(plan, 1).at(repay)
    const walked = isAmounts(one) ? walk(outlook, start, plan, one, route) : null
    if (!isAmounts(one) || walked === null) continue
    for (const next of plansOf(plan.after?.(repay) ?? null)) {
      const pair = `${next.collateral.address}${next.debt.address}`
      const shares = samePair(plan, next)
      if (!routes.has(pair)) routes.set(pair, shares ? route : routeOf(outlook, next, () => undefined).route)
      const second = routes.get(pair)
      if (second === undefined) continue
      const behind: Situation = { ...start, ...walked.leaves(), first: false }
      for (let j = 1n; j <= SIDE; j++) {
        const two = batchOf(next, 1).at((next.maxRepay * j) / SIDE)
        if (!isAmounts(two)) continue
        const together = shares ? walk(outlook, start, plan, sum(one, two), route) : null
        const then = shares ? null : walk(outlook, behind, next, two, second)
        if (together) offer(netOfWalks(outlook, [together]), 2)
        if (then) offer(netOfWalks(outlook, [walked, then]), 2)
      }
    }
  }
}

const walk = (outlook: Outlook, at: Situation, plan: Plan, amounts: BatchAmounts, route: Route): Walk | null => {
  const { gas, settings } = outlook.context
  const { toleranceBps, limitBps } = settings
  return walkRoute(route, { ...at, batch: plan, amounts, toleranceBps, limitBps, gas, encode: null })
}

const sum = (a: BatchAmounts, b: BatchAmounts): BatchAmounts => ({
  debtToCover: a.debtToCover + b.debtToCover,
  repay: a.repay + b.repay,
  seize: a.seize + b.seize,
  protocolFee: a.protocolFee + b.protocolFee,
  deficitBase: a.deficitBase + b.deficitBase,
  calls: [...a.calls, ...b.calls],
})

function netOfWalks({ context }: Outlook, walks: readonly Walk[]): bigint | null {
  const gross = walks.reduce((total, w) => total + w.gross, 0n)
  const gas = walks.reduce((total, w) => total + w.gas, context.gas.transaction)
  const bid = bidFor(gross, gas, 1n, true, context)
  return 'netWei' in bid && !bid.capped ? bid.netWei : null
}
