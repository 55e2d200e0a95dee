import type { Address } from '../domain/chain.js'
import type { Batch } from './batch.js'
import type { PoolBook } from './pool-book.js'
import type { Route, RouteStep } from './route.js'

/** For people, in the order of execution: `flash WETH -[0.05 %]-> USDC, WBTC -[0.3 %]-> WETH`. */
export function describeRoute(
  route: Route,
  batch: Pick<Batch, 'collateral' | 'debt'>,
  book: PoolBook,
  native: Address,
): string {
  const names = new Map([
    [native, 'native'],
    [batch.collateral.address, batch.collateral.symbol],
    [batch.debt.address, batch.debt.symbol],
  ])
  const name = (token: Address): string => names.get(token) ?? `${token.slice(0, 8)}…`
  const label = (pool: Address): string => book.get(pool)?.label ?? pool
  const swap = (s: { pool: Address; beside?: Address; tokenIn: Address; tokenOut: Address }): string =>
    `${name(s.tokenIn)} -[${[s.pool, ...(s.beside ? [s.beside] : [])].map(label).join(' and ')}]-> ${name(s.tokenOut)}`
  const describe = (step: RouteStep): string[] => {
    switch (step.kind) {
      case 'liquidate':
        return []
      case 'swap':
        return [swap(step)]
      case 'flashSwap':
        return [`flash ${swap(step)}`, ...step.body.flatMap(describe)]
      case 'flashLoan':
        return [
          `loan of ${name(step.token)} ${step.premiumBps > 0n ? `at ${step.premiumBps} bps` : 'for nothing'}`,
          ...step.body.flatMap(describe),
        ]
    }
  }
  return route.steps.flatMap(describe).join(', ')
}
