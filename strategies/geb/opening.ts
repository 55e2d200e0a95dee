import type { Token, PositionId } from '../../src/domain/market.js'
import { refuse, type Refusal } from '../../src/domain/refusal.js'
import type { Opening } from '../../src/domain/strategy.js'
import { LIQUIDATION_ENGINE, callOf } from './calls.js'
import { contractOf } from './contracts.js'
import { radToWadFloor, seizureOf, type SeizureRefusal } from './maths.js'
import { isUnsafe } from './solvency.js'
import type { GebState } from './state.js'

export const collateralOf = (state: GebState): Token => ({
  address: contractOf(state.market, 'collateral'),
  symbol: state.collateralSymbol,
  decimals: 18,
})
export const coinOf = (state: GebState): Token => ({
  address: contractOf(state.market, 'coin'),
  symbol: 'coin',
  decimals: 18,
})

const REFUSALS: Readonly<Record<SeizureRefusal, Refusal>> = {
  limit: refuse('no-liquidity', 'the coins on auction have reached the liquidation engine’s limit'),
  'null-auction': refuse('dust-rule', 'the limit leaves no debt to auction'),
  'null-collateral': refuse('no-collateral', 'the share of the collateral rounds to nothing'),
  dusty: refuse('dust-rule', 'what would be left of the debt is below the debt floor'),
}

/**
 * What `liquidateSAFE` would do at the engine's price, or at `liquidationPrice` (ray); a saviour, where the SAFE has chosen
 * one, may come between, and is named.
 */
export function openingAt(
  state: GebState,
  position: PositionId,
  liquidationPrice = state.parameters.liquidationPrice,
): Opening | Refusal {
  const safe = state.safes.get(position)
  if (safe === undefined || safe.debt === 0n) return refuse('no-debt', 'the SAFE owes nothing')
  const { market, cType } = state
  const parameters = { ...state.parameters, liquidationPrice }
  if (!parameters.enabled) return refuse('paused', 'the liquidation engine is shut down')
  if (!isUnsafe({ parameters }, safe)) return refuse('healthy', 'the SAFE is safe at the engine’s price')
  const seizure = seizureOf(safe, parameters)
  if (typeof seizure === 'string') return REFUSALS[seizure]
  const engine = contractOf(market, 'liquidationEngine')
  const saviour = state.saviours.get(position)
  return {
    market: market.id,
    position,
    opens: { venue: 'geb-collateral', house: contractOf(market, 'collateralAuctionHouse') },
    call: callOf(LIQUIDATION_ENGINE, engine, 'liquidateSAFE', [cType, position]),
    sell: { token: collateralOf(state), amount: seizure.collateral },
    raise: { token: coinOf(state), amount: radToWadFloor(seizure.amountToRaise) },
    debt: radToWadFloor(seizure.debt * parameters.rate),
    ...(saviour === undefined ? {} : { saviour }),
  }
}
