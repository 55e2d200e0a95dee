import type { FeedId, PriceView } from '../../src/domain/prices.js'
import { type AaveState, type EModeCategory, type Reserve, ZERO_ADDRESS, eModeOf } from './state.js'

export const eModeFeed = (id: number): FeedId => `emode:${String(id)}`

const hasOwnPrice = (state: AaveState, category: EModeCategory | null): category is EModeCategory =>
  category !== null && state.rules.eMode === 'category' && category.priceAsset !== ZERO_ADDRESS

/** The feed by which GenericLogic values a reserve, collateral or debt, of a user in `eMode`. */
export function valuationFeed(state: AaveState, eMode: number, reserve: Reserve): FeedId {
  const category = eModeOf(state, eMode, reserve)
  return hasOwnPrice(state, category) ? eModeFeed(category.id) : reserve.asset
}

/** The same as a price. EModeLogic: an eMode price of zero means that the reserve's own one holds. */
export function valuationPrice(state: AaveState, eMode: number, reserve: Reserve, at: PriceView): bigint {
  const feed = valuationFeed(state, eMode, reserve)
  if (feed === reserve.asset) return at.price(feed).value
  const common = at.price(feed).value
  return common === 0n ? at.price(reserve.asset).value : common
}

/**
 * LiquidationLogic._getConfigurationData (revisions ≤ 4): the debt of a user whose eMode has a price is valued by it without
 * asking whether the reserve is a member.
 */
export function debtPriceOfCall(state: AaveState, eMode: number, reserve: Reserve, at: PriceView): bigint {
  const category = state.eModes.get(eMode) ?? null
  return eMode !== 0 && hasOwnPrice(state, category) ? at.price(eModeFeed(eMode)).value : at.price(reserve.asset).value
}

/** Collateral price of a liquidation call: the eMode's where the reserve is a member, else its own. */
export function collateralPriceOfCall(state: AaveState, eMode: number, reserve: Reserve, at: PriceView): bigint {
  return at.price(valuationFeed(state, eMode, reserve)).value
}
