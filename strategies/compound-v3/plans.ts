import type { PositionId, Token } from '../../src/domain/market.js'
import type { Address } from '../../src/domain/chain.js'
import type { PriceView } from '../../src/domain/prices.js'
import { type Refusal, refuse } from '../../src/domain/refusal.js'
import type { Amounts, Plan, PlanChoice } from '../../src/domain/strategy.js'
import { contractOf } from './contracts.js'
import { reservesOf } from './interest.js'
import { type Offer, absorb, baseFor, isForSale, mulPrice, quoteCollateral } from './rules.js'
import { type Moment, type Standing, momentOf, offerOf, standingOf } from './solvency.js'
import { type Account, type Asset, type CometState, heldOf, storeAsset } from './state.js'

/** A plan of this strategy knows the Comet, and whom it absorbs before it buys. */
export interface CometPlan extends Plan {
  readonly comet: Address
  readonly absorbs: PositionId | null
}

/**
 * What anybody may do with a position: absorb it and buy the seized collateral, one plan per collateral. The absorber earns
 * nothing; the gain is the store front's discount, and only while the market's reserves are below their target. A store
 * front (`store:<asset>`) is bought from without an absorption. Nothing for a position that is not fully known.
 */
export function plansOf(state: CometState, id: PositionId, at: PriceView): PlanChoice[] {
  const asset = storeAsset(state, id)
  if (asset !== null) return [storeChoice(state, id, asset, at)]
  const account = state.positions.get(id)
  if (account === undefined || state.stale.positions.has(id)) return []
  const standing = standingOf(state, account, at)
  const held = state.assets.filter(({ index }) => heldOf(account, index) > 0n)
  const { base } = state.config
  if (held.length === 0) {
    const refusal = refuse('no-collateral', 'the account owes and holds nothing: absorbing it pays nobody')
    return [{ refusal, collateral: base, debt: base }]
  }
  const refusal = notAbsorbable(state, standing)
  if (refusal !== null) return held.map(({ token }) => ({ refusal, collateral: token, debt: base }))
  return held.map((one) => absorbChoice(state, id, account, standing, one, at))
}

/** Why `absorb` would revert, in its order. */
function notAbsorbable(state: CometState, { priced, liquidatable, healthFactor }: Standing): Refusal | null {
  if (state.upgraded) return refuse('code-changed', 'the Comet runs other code than at the start: restart to verify it')
  if (state.pauses.absorb) return refuse('paused', 'absorb is paused')
  if (!priced) return refuse('no-price', 'a price feed of the position has no price')
  if (!liquidatable) return refuse('healthy', 'the collateral covers the debt', healthFactor.toString())
  return null
}

function absorbChoice(
  state: CometState,
  id: PositionId,
  account: Account,
  { moment, held, healthFactor }: Standing,
  asset: Asset,
  at: PriceView,
): PlanChoice {
  const absorbed = absorb(account.principal, moment.totals, moment.base, held)
  const brings = heldOf(account, asset.index)
  const deficitBase = mulPrice(absorbed.shortfall, moment.base.price, moment.base.scale)
  const after = { ...moment, totals: absorbed.totals }
  return choiceOf(state, id, asset, after, at, { absorbs: id, brings, deficitBase, healthFactor })
}

function storeChoice(state: CometState, id: PositionId, asset: Asset, at: PriceView): PlanChoice {
  const tokens = { collateral: asset.token, debt: state.config.base }
  if (state.upgraded)
    return { refusal: refuse('code-changed', 'the Comet runs other code than at the start'), ...tokens }
  const nothing = { absorbs: null, brings: 0n, deficitBase: 0n, healthFactor: 0n }
  return choiceOf(state, id, asset, momentOf(state, at), at, nothing)
}

interface Before {
  readonly absorbs: PositionId | null
  readonly brings: bigint
  readonly deficitBase: bigint
  readonly healthFactor: bigint
}

/** Buying `asset` at `moment`, behind what `before` says was done. */
function choiceOf(
  state: CometState,
  position: PositionId,
  asset: Asset,
  moment: Moment,
  at: PriceView,
  before: Before,
): PlanChoice {
  const tokens: { readonly collateral: Token; readonly debt: Token } = {
    collateral: asset.token,
    debt: state.config.base,
  }
  const offer = offerOf(state, asset, moment.base, at)
  const stock = asset.reserves + before.brings
  const refusal = notSold(state, moment, offer, stock)
  if (refusal !== null) return { refusal, ...tokens }
  const plan: CometPlan = {
    comet: contractOf(state.market, 'comet'),
    absorbs: before.absorbs,
    market: state.market.id,
    position,
    ...tokens,
    collateralPrice: at.price(asset.token.address).value,
    debtPrice: moment.base.price,
    healthFactor: before.healthFactor,
    maxRepay: baseFor(offer, stock),
    availableCollateral: stock,
    brings: before.brings,
    at: (repay) => purchase(offer, stock, repay, before.deficitBase),
  }
  return plan
}

/** Why `buyCollateral` would revert whatever the amount, in its order. */
function notSold(state: CometState, moment: Moment, offer: Offer, stock: bigint): Refusal | null {
  if (state.pauses.buy) return refuse('paused', 'buyCollateral is paused')
  const reserves = reservesOf(state.baseBalance, moment.totals)
  const { targetReserves } = state.config
  if (!isForSale(reserves, targetReserves)) {
    const detail = `the reserves (${String(reserves)}) reach their target (${String(targetReserves)}): collateral is kept`
    return refuse('not-for-sale', detail, reserves.toString())
  }
  if (offer.price === 0n || moment.base.price === 0n) return refuse('no-price', 'the store front has no price')
  if (stock <= 0n || baseFor(offer, stock) <= 0n) return refuse('no-liquidity', 'the store front has nothing to sell')
  return null
}

function purchase(offer: Offer, stock: bigint, repay: bigint, deficitBase: bigint): Amounts | Refusal {
  const seize = quoteCollateral(offer, repay)
  if (seize === 0n) return refuse('dust-rule', 'the amount is too small to buy anything', repay.toString())
  if (seize > stock) {
    return refuse('no-liquidity', `the store front has ${String(stock)}, not ${String(seize)}`, stock.toString())
  }
  return { debtToCover: repay, repay, seize, protocolFee: 0n, deficitBase }
}
