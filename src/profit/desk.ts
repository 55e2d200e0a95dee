import type { Address } from '../domain/chain.js'
import type { PriceView } from '../domain/prices.js'
import type { LiquidationStrategy, MarketState } from '../domain/strategy.js'
import type { MarketDesk } from './context.js'
import { valuationOf } from './valuation.js'

/** The desk of one market at one block, for orders that `executor` runs. Throws as `valuationOf` does. */
export function deskOf<S extends MarketState>(
  strategy: LiquidationStrategy<S>,
  state: S,
  at: PriceView,
  wrappedNative: Address,
  executor: Address,
): MarketDesk {
  const reserves = strategy.reserves(state)
  const flash = new Map(reserves.map((reserve) => [reserve.token.address, reserve.flash]))
  return {
    valuation: valuationOf(reserves, at, wrappedNative),
    flash: (token) => flash.get(token) ?? null,
    encode: (plan, amounts) => strategy.encode(plan, amounts, executor),
    check: (position) => strategy.check(state.market, position),
    standing: (plan) => strategy.standing?.(state, plan) ?? null,
  }
}
