import type { Hex } from '../../src/domain/chain.js'
import type { PositionId } from '../../src/domain/market.js'
import type { Feed } from '../../src/domain/prices.js'
import { refuse } from '../../src/domain/refusal.js'
import type { PlanChoice } from '../../src/domain/plan.js'
import type { LiquidationStrategy, ReserveInfo } from '../../src/domain/strategy.js'
import { loadState, saveState } from './checkpoint.js'
import { GEB_CONTRACTS, contractOf } from './contracts.js'
import { coinOf, collateralOf, openingAt } from './opening.js'
import { encodePurchase, standingOf } from './purchase.js'
import { purchaseSeen } from './purchases-seen.js'
import { filtersOf, reduceLog, refreshState } from './reduce.js'
import { takeGenesis, takeSnapshot } from './snapshot.js'
import { rowsOf, solvency, weightsOf } from './solvency.js'
import type { GebState } from './state.js'
import { verifyMarket } from './verify.js'

const LATEST_ANSWER: Hex = '0x50d25bcd'
const [FEED, NATIVE_FEED] = ['collateral', 'native']

/**
 * GEB as HAI and Open Dollar run it, one market per collateral type. Its liquidations pay nothing by themselves: they open a
 * collateral auction and queue the debt, so `plans` has none and `opening` says what would be opened. What `encode` takes are
 * purchases from those auctions.
 */
export const geb: LiquidationStrategy<GebState> = {
  id: 'geb',
  exactness: 'replica',
  contracts: GEB_CONTRACTS,
  verify: verifyMarket,
  snapshot: takeSnapshot,
  genesis: takeGenesis,
  filters: filtersOf,
  reduce: reduceLog,
  save: saveState,
  load: loadState,
  stale: ({ stale }) => stale,
  refresh: refreshState,
  feeds,
  *positions(state) {
    for (const [id, { debt }] of state.safes) if (debt > 0n) yield id
  },
  rows: rowsOf,
  weights: weightsOf,
  solvency: (state, position) => solvency(state, position),
  reserves,
  plans,
  opening: (state, position) => openingAt(state, position),
  encode: encodePurchase,
  standing: (_state, plan) => standingOf(plan),
  // the engine itself refuses a SAFE that is safe
  check: () => null,
  // `Liquidate` does not say who called it; who buys from its auction does
  liquidation: purchaseSeen,
}

/** Market prices, for valuing gas and gains; what is liquidatable goes by the delayed price inside the engine. */
function reserves(state: GebState): ReserveInfo[] {
  const { native, nativeFeed } = state.market.contracts
  const collateral = collateralOf(state)
  const own = { token: collateral, feed: FEED, source: contractOf(state.market, 'feed'), flash: null }
  if (native === undefined || nativeFeed === undefined || native === collateral.address) return [own]
  const token = { address: native, symbol: 'native token', decimals: 18 }
  return [own, { token, feed: NATIVE_FEED, source: nativeFeed, flash: null }]
}

function feeds(state: GebState): Feed[] {
  return reserves(state).map(({ token: { address, symbol }, feed, source }) => ({
    ...{ id: feed, token: { address, symbol }, source, read: { to: source, data: LATEST_ANSWER } },
  }))
}

function plans(state: GebState, position: PositionId): PlanChoice[] {
  const open = openingAt(state, position)
  const saviour = state.saviours.get(position)
  const why =
    saviour === undefined
      ? 'a liquidation pays nothing here: it opens an auction, which the auction book decides'
      : `the SAFE has chosen the saviour ${saviour}, who may leave nothing to auction; the auction book decides`
  const refusal = 'code' in open ? open : refuse('opens-auction', why)
  return [{ refusal, collateral: collateralOf(state), debt: coinOf(state) }]
}
