import type { Address } from '../domain/chain.js'
import { maxOf } from '../domain/maths.js'
import type { Amounts } from '../domain/plan.js'
import type { Batch } from './batch.js'
import type { MarketDesk } from './context.js'
import { bestPaths, pathsBetween, type Path } from './paths.js'
import type { PoolBook } from './pool-book.js'
import type { FlashSwapRoute, Route, RouteStep } from './route.js'
import { amountsIn, owedIn } from './route-amounts.js'
import { splitOf, type Split } from './split.js'
import { otherToken, type Pool } from './venue.js'

/** How many pools and how many ways of the surplus survive at each choice, per sampled size. */
const KEEP = 3
const KEEP_EXITS = 2
/** Ways of the surplus are ranked for a twentieth of what was traded: a usual liquidation bonus. */
const SURPLUS_SHARE = 20n

export interface RouteRequest {
  readonly plan: Pick<Batch, 'collateral' | 'debt'>
  readonly desk: MarketDesk
  readonly book: PoolBook
  readonly hops: readonly Address[]
  readonly profitToken: Address
  /** Legal sizes, a large and a small one, at which alternatives are compared. */
  readonly samples: readonly Amounts[]
  /** What the gas of another swap costs: a split must gain more. */
  readonly swapCostWei: bigint
}

const LIQUIDATE: RouteStep = { kind: 'liquidate' }

/** Every route of a plan that ends in `profitToken` and is among the best at one of the sampled sizes. Pure. */
export function routesOf(request: RouteRequest): Route[] {
  const { collateral, debt } = request.plan
  const pools = collateral.address === debt.address ? [] : [...sellInAdvance(request), ...borrowFromPools(request)]
  return [...pools, ...borrowFromLender(request)].map((steps) => ({ profitToken: request.profitToken, steps }))
}

/** Sell the seized collateral in advance for debt token; the surplus is debt token. */
function sellInAdvance(request: RouteRequest): RouteStep[][] {
  const [c, d] = [request.plan.collateral.address, request.plan.debt.address]
  const ways = exits(request, d)
  return lendersBetween(request, c, d, amountsIn(request, c)).flatMap((hop) =>
    ways.map((exit) => [flashSwap(hop, c, 'seized', [LIQUIDATE]), ...exit]),
  )
}

/** Buy the debt token from a pool that takes the collateral, or another token for which the collateral is sold meanwhile. */
function borrowFromPools(request: RouteRequest): RouteStep[][] {
  const [c, d] = [request.plan.collateral.address, request.plan.debt.address]
  const ways = exits(request, c)
  const direct = lendersBetween(request, c, d, owedIn(request, c)).flatMap((hop) =>
    ways.map((exit) => [flashSwap(hop, c, 'debt', [LIQUIDATE]), ...exit]),
  )
  const others = new Set([request.profitToken, ...request.hops])
  others.delete(c)
  others.delete(d)
  return [...direct, ...[...others].flatMap((x) => borrowThrough(request, x))]
}

/** Owe `x` for the debt token, and get `x` for the collateral: all of it, or what is owed where the rest is the profit. */
function borrowThrough(request: RouteRequest, x: Address): RouteStep[][] {
  const { plan, book, hops, profitToken } = request
  const [c, d] = [plan.collateral.address, plan.debt.address]
  const ways = bestPaths(pathsBetween(book, c, x, hops), book, c, amountsIn(request, c), KEEP_EXITS)
  const surplus = exits(request, x)
  const shared = sharedSale(request, c, x)
  return lendersBetween(request, x, d, owedIn(request, x)).flatMap((hop) => {
    const sold = [...ways.map((way) => swaps(way, c)), ...shared]
    const sellAll = sold.flatMap((sale) =>
      surplus.map((exit) => [flashSwap(hop, x, 'debt', [LIQUIDATE, ...sale]), ...exit]),
    )
    const insideOut = c === profitToken ? ways.filter(([only, more]) => only?.lends && more === undefined) : []
    return [
      ...insideOut.flatMap(([only]) =>
        only === undefined ? [] : [[flashSwap(hop, x, 'debt', [flashSwap({ pool: only }, c, 'owed', [LIQUIDATE])])]],
      ),
      ...sellAll,
    ]
  })
}

/** Borrow the debt token, for nothing where somebody lends enough, and sell all the collateral for it. */
function borrowFromLender(request: RouteRequest): RouteStep[][] {
  const { plan, book, hops } = request
  const [c, d] = [plan.collateral.address, plan.debt.address]
  const loans = lendersOf(request)
  if (loans.length === 0) return []
  const paths = bestPaths(pathsBetween(book, c, d, hops), book, c, amountsIn(request, c), KEEP)
  const sold = [...paths.map((path) => swaps(path, c)), ...sharedSale(request, c, d)]
  const surplus = exits(request, d)
  return loans.flatMap((loan) =>
    sold.flatMap((sale) =>
      surplus.map((exit): RouteStep[] => [
        { kind: 'flashLoan', token: d, ...loan, body: [LIQUIDATE, ...sale] },
        ...exit,
      ]),
    ),
  )
}

type Loan = Omit<Extract<RouteStep, { kind: 'flashLoan' }>, 'kind' | 'token' | 'body'>

/**
 * The cheapest lender for each sampled size: the one for nothing that has most, of native ether only where no other has
 * enough, since wrapping and unwrapping cost 20,000 gas; else the market's own flash loan.
 */
function lendersOf({ plan, desk, book, samples }: RouteRequest): readonly Loan[] {
  const free = book
    .loans(plan.debt.address)
    .map(({ lender, via, available }): Loan => ({ lender, via, available, premiumBps: 0n }))
    .sort((a, b) => wraps(a) - wraps(b) || (a.available === b.available ? 0 : a.available > b.available ? -1 : 1))
  const own = desk.flash(plan.debt.address)
  const loans: readonly Loan[] = own === null ? free : [...free, own]
  const chosen = samples.flatMap(({ debtToCover }) => loans.find(({ available }) => available >= debtToCover) ?? [])
  return [...new Set(chosen)]
}

const wraps = ({ via }: Loan): number => (via === 'uniswapV4Native' ? 1 : 0)

/** One pool, or two that share the swap. */
interface Hop {
  readonly pool: Pool
  readonly beside?: Pool
}

/** Pools that pay out first, the best for any of `amounts`, and the two of them that do better together. */
function lendersBetween(request: RouteRequest, from: Address, to: Address, amounts: readonly bigint[]): Hop[] {
  const { book } = request
  const lenders = book.between(from, to).filter((pool) => pool.lends)
  const paths = lenders.map((pool) => [pool])
  const alone = bestPaths(paths, book, from, amounts, KEEP).flat()
  return [...alone.map((pool): Hop => ({ pool })), ...splitBetween(request, lenders, { from, to, amounts })]
}

/** All of `from` sold to two pools together, where that does better. */
function sharedSale(request: RouteRequest, from: Address, to: Address): RouteStep[][] {
  const trade = { from, to, amounts: amountsIn(request, from) }
  return splitBetween(request, request.book.between(from, to), trade).map(({ pool, beside }) => [
    { kind: 'swap', pool: pool.address, beside: beside.address, tokenIn: from, tokenOut: to },
  ])
}

interface Trade {
  readonly from: Address
  readonly to: Address
  readonly amounts: readonly bigint[]
}

/** The best two at each of the amounts; none where another swap's gas is more than what they gain. */
function splitBetween(request: RouteRequest, pools: readonly Pool[], { from, to, amounts }: Trade): Split[] {
  if (pools.length < 2) return []
  const least = request.desk.valuation.units(to, request.swapCostWei) ?? 0n
  const found = amounts.flatMap((amount) => splitOf(pools, from, amount, least) ?? [])
  return [...new Map(found.map((split) => [[split.pool.address, split.beside.address].sort().join(), split])).values()]
}

/** From the surplus token to the profit token: the best way at each sampled size; one empty way where they are the same. */
function exits(request: RouteRequest, from: Address): RouteStep[][] {
  const { book, profitToken, hops } = request
  const amounts = amountsIn(request, from).map((amount) => maxOf(amount / SURPLUS_SHARE, 1n))
  return bestPaths(pathsBetween(book, from, profitToken, hops), book, from, amounts, KEEP_EXITS).map((path) =>
    swaps(path, from),
  )
}

const flashSwap = (
  { pool, beside }: Hop,
  tokenIn: Address,
  amount: FlashSwapRoute['amount'],
  body: readonly RouteStep[],
): RouteStep => ({
  kind: 'flashSwap',
  pool: pool.address,
  ...(beside && { beside: beside.address }),
  tokenIn,
  tokenOut: otherToken(pool, tokenIn),
  amount,
  body,
})

function swaps(path: Path, from: Address): RouteStep[] {
  let tokenIn = from
  return path.map((pool) => {
    const tokenOut = otherToken(pool, tokenIn)
    const step: RouteStep = { kind: 'swap', pool: pool.address, tokenIn, tokenOut }
    tokenIn = tokenOut
    return step
  })
}
