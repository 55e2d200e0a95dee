import { Interface } from 'ethers'
import { MAKER_DOG } from '../../abis/maker.js'
import type { Address, Hex } from '../../src/domain/chain.js'
import { RAY } from '../../src/domain/maths.js'
import type { PositionId, Token } from '../../src/domain/market.js'
import { type Refusal, refuse } from '../../src/domain/refusal.js'
import type { Opening, PlanChoice } from '../../src/domain/strategy.js'
import { contractOf } from './contracts.js'
import { type BarkRefusal, bark } from './dog.js'
import { incentive } from './maths.js'
import type { MakerState } from './state.js'

const DOG_ABI = new Interface(MAKER_DOG)
const NOBODY: Address = '0x0000000000000000000000000000000000000000'

export const collateralOf = (state: MakerState): Token => ({
  address: contractOf(state.market, 'collateral'),
  symbol: state.collateralSymbol,
  decimals: 18,
})

export const coinOf = ({ market }: MakerState): Token => ({
  address: contractOf(market, 'coin'),
  symbol: 'DAI',
  decimals: 18,
})

const REFUSALS: Readonly<Record<BarkRefusal, Refusal>> = {
  'not-unsafe': refuse('healthy', 'the vault is safe at the price of the last poke'),
  'liquidation-limit-hit': refuse('no-liquidity', 'as much is on auction as the Hole lets be'),
  'dusty-auction-from-partial-liquidation': refuse('dust-rule', 'the room makes an auction smaller than the dust'),
  'null-auction': refuse('no-collateral', 'the share of the collateral rounds to nothing'),
}

/**
 * What `bark` would do now: it opens a falling-price auction and pays `keeper` tip and chip, as dai inside the Vat. Whether the
 * oracle has a price at that moment (`clip.kick` asks it again) is only seen when it is tried: the delayed oracle answers
 * nobody but the protocol.
 */
export function opening(state: MakerState, position: PositionId, keeper: Address = NOBODY): Opening | Refusal {
  const { market, parameters, ilk } = state
  const urn = state.urns.get(position)
  if (urn === undefined || urn.art === 0n) return refuse('no-debt', 'the vault owes nothing')
  if (!parameters.live) return refuse('inactive', 'the Dog is shut down')
  if (parameters.stopped >= 1n) return refuse('paused', 'the clip starts no auctions')
  const taken = bark(urn, parameters)
  if (typeof taken === 'string') return REFUSALS[taken]
  const coin = coinOf(state)
  const paid = incentive(taken.tab, parameters) / RAY
  const data = DOG_ABI.encodeFunctionData('bark', [ilk, position, keeper]) as Hex
  return {
    market: market.id,
    position,
    opens: { venue: 'maker-clip', house: contractOf(market, 'clip') },
    call: { to: contractOf(market, 'dog'), data },
    sell: { token: collateralOf(state), amount: taken.dink },
    raise: { token: coin, amount: taken.tab / RAY },
    debt: taken.due / RAY,
    ...(paid > 0n && keeper !== NOBODY ? { incentive: { token: coin, amount: paid } } : {}),
  }
}

/** A bark has no repayment: what it opens is the auction book's matter. */
export function plansOf(state: MakerState, position: PositionId): PlanChoice[] {
  const open = opening(state, position)
  const refusal =
    'code' in open
      ? open
      : refuse('opens-auction', 'a bark sells nothing by itself: it opens an auction, which the auction book decides')
  return [{ refusal, collateral: collateralOf(state), debt: coinOf(state) }]
}
