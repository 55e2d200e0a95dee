import type { Address } from '../domain/chain.js'
import { maxOf } from '../domain/maths.js'
import type { Amounts } from '../domain/plan.js'
import type { Batch } from './batch.js'
import type { MarketDesk } from './context.js'

/** Sizes of a plan at which routes are compared. */
interface Sampled {
  readonly plan: Pick<Batch, 'collateral' | 'debt'>
  readonly desk: MarketDesk
  readonly samples: readonly Amounts[]
}

/** What the sampled sizes seize, in units of `token` at the market's prices. */
export function amountsIn({ plan, desk, samples }: Sampled, token: Address): readonly bigint[] {
  const { address } = plan.collateral
  return samples.map(({ seize }) => exchanged(desk, seize, address, token))
}

/** What they must cover: less by the bonus, so that pools which do not take all that is seized may still carry it. */
export function owedIn({ plan, desk, samples }: Sampled, token: Address): readonly bigint[] {
  const { address } = plan.debt
  return samples.map(({ debtToCover }) => exchanged(desk, debtToCover, address, token))
}

/** At the market's prices, at least a unit; the same number where there is none. */
function exchanged({ valuation }: MarketDesk, amount: bigint, from: Address, to: Address): bigint {
  const wei = from === to ? null : valuation.wei(from, amount)
  return maxOf((wei === null ? null : valuation.units(to, wei)) ?? amount, 1n)
}
