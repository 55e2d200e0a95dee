import { Interface } from 'ethers'
import { MAKER_CLIP, MAKER_DOG } from '../../abis/maker.js'
import type { Address, Hex } from '../../src/domain/chain.js'
import { RAY } from '../../src/domain/maths.js'
import type { PositionId, Token } from '../../src/domain/market.js'
import type { PriceView } from '../../src/domain/prices.js'
import { type Refusal, refuse } from '../../src/domain/refusal.js'
import type { PlanChoice } from '../../src/domain/plan.js'
import type { Opening } from '../../src/domain/strategy.js'
import { type KickRefusal, redo } from './clip.js'
import { contractOf } from './contracts.js'
import { type BarkRefusal, bark } from './dog.js'
import { incentive } from './maths.js'
import { type MakerState, saleId, saleNumber } from './state.js'

const CALLS = new Interface([...MAKER_DOG, ...MAKER_CLIP])
const NOBODY: Address = '0x0000000000000000000000000000000000000000'

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

/** What a keeper may start: a bark of a vault, or a running auction's second beginning. */
export function opening(
  state: MakerState,
  position: PositionId,
  keeper: Address = NOBODY,
  at?: PriceView,
): Opening | Refusal {
  const number = saleNumber(position)
  return number === null ? barkOf(state, position, keeper) : redoOf(state, number, keeper, at)
}

/**
 * What `bark` would do now: it opens a falling-price auction and pays `keeper` tip and chip, as dai inside the Vat. Whether the
 * oracle has a price at that moment (`clip.kick` asks it again) is only seen when it is tried: the delayed oracle answers
 * nobody but the protocol.
 */
function barkOf(state: MakerState, position: PositionId, keeper: Address): Opening | Refusal {
  const { market, parameters, ilk } = state
  const urn = state.urns.get(position)
  if (urn === undefined || urn.art === 0n) return refuse('no-debt', 'the vault owes nothing')
  if (!parameters.live) return refuse('inactive', 'the Dog is shut down')
  if (parameters.stopped >= 1n) return refuse('paused', 'the clip starts no auctions')
  const taken = bark(urn, parameters)
  if (typeof taken === 'string') return REFUSALS[taken]
  const coin = coinOf(state)
  const data = CALLS.encodeFunctionData('bark', [ilk, position, keeper]) as Hex
  return {
    market: market.id,
    position,
    opens: { venue: 'maker-clip', house: contractOf(market, 'clip') },
    call: { to: contractOf(market, 'dog'), data },
    sell: { token: state.collateral, amount: taken.dink / unitOf(state) },
    raise: { token: coin, amount: taken.tab / RAY },
    debt: taken.due / RAY,
    ...paidTo(keeper, coin, incentive(taken.tab, parameters)),
  }
}

/** What the Clipper mints for `keeper`, rad, as whole units rounded down. */
const paidTo = (keeper: Address, token: Token, coin: bigint): Pick<Opening, 'incentive'> =>
  coin >= RAY && keeper !== NOBODY ? { incentive: { token, amount: coin / RAY } } : {}

const REDO_REFUSALS: Readonly<Record<KickRefusal | 'cannot-reset', Refusal>> = {
  'stopped-incorrect': refuse('paused', 'the clip starts no auction again'),
  'cannot-reset': refuse('healthy', 'the auction runs: it is bought from, not started again'),
  'invalid-price': refuse('no-price', 'the oracle has no price'),
  'zero-top-price': refuse('no-price', 'the starting price would be zero'),
}

/**
 * What `redo` would do: it is paid like a bark where target and collateral are worth it, by the price of the last poke (the oracle
 * answers only the protocol, and may have moved on since).
 */
function redoOf(state: MakerState, number: bigint, keeper: Address, at: PriceView | undefined): Opening | Refusal {
  const { market, parameters } = state
  const sale = state.sales.get(number)
  if (sale === undefined) return refuse('no-debt', 'there is no such auction')
  if (at === undefined) return refuse('no-price', 'whether it must be started again depends on the time')
  const again = redo(sale, feedOf(state), parameters, at.timestamp)
  if (typeof again === 'string') return REDO_REFUSALS[again]
  const [coin, clip] = [coinOf(state), contractOf(market, 'clip')]
  return {
    market: market.id,
    position: saleId(number),
    opens: { venue: 'maker-clip', house: clip },
    call: { to: clip, data: CALLS.encodeFunctionData('redo', [number, keeper]) as Hex },
    sell: { token: state.collateral, amount: sale.lot / unitOf(state) },
    raise: { token: coin, amount: sale.tab / RAY },
    debt: 0n,
    ...paidTo(keeper, coin, again.coin),
  }
}

/** The oracle's price behind the last poke, wad, rounded down; null without one. */
const feedOf = ({ parameters: { spot, mat, par } }: MakerState): bigint | null =>
  spot === 0n ? null : (((spot * mat) / RAY) * par) / RAY / 10n ** 9n

/** Units of the Vat (wad) in one raw unit of the collateral. */
export const unitOf = ({ collateral }: MakerState): bigint => 10n ** BigInt(18 - collateral.decimals)

/** A bark has no repayment: what it opens is the auction book's matter. */
export function vaultPlans(state: MakerState, position: PositionId): PlanChoice[] {
  const open = opening(state, position)
  const refusal =
    'code' in open
      ? open
      : refuse('opens-auction', 'a bark sells nothing by itself: it opens an auction, which the auction book decides')
  return [{ refusal, collateral: state.collateral, debt: coinOf(state) }]
}
