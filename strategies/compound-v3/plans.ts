import type { PositionId } from '../../src/domain/market.js'
import type { Address } from '../../src/domain/chain.js'
import type { PriceView } from '../../src/domain/prices.js'
import { type Refusal, refuse } from '../../src/domain/refusal.js'
import type { Amounts, Plan, PlanChoice, PositionAfter } from '../../src/domain/plan.js'
import { contractOf } from './contracts.js'
import { reservesOf } from './interest.js'
import { type Offer, absorb, baseFor, isForSale, mulPrice, quoteCollateral } from './rules.js'
import { type Moment, type Standing, dollarsOf, momentOf, offerOf, standingOf } from './solvency.js'
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
export function notAbsorbable(state: CometState, { priced, liquidatable, healthFactor }: Standing): Refusal | null {
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
  const shelf: Shelf = {
    ...{ state, at, moment: { ...moment, totals: absorbed.totals }, baseBalance: state.baseBalance },
    brought: account.held,
    others: state.assets.filter((one) => one !== asset && heldOf(account, one.index) > 0n),
  }
  const deficitBase = dollarsOf(state, mulPrice(absorbed.shortfall, moment.base.price, moment.base.scale), at)
  return choiceOf(shelf, asset, { position: id, absorbs: id, deficitBase, healthFactor, lowers: absorbed.paidOut })
}

function storeChoice(state: CometState, id: PositionId, asset: Asset, at: PriceView): PlanChoice {
  if (state.upgraded) {
    const refusal = refuse('code-changed', 'the Comet runs other code than at the start')
    return { refusal, collateral: asset.token, debt: state.config.base }
  }
  const shelf: Shelf = {
    ...{ state, at, moment: momentOf(state, at), baseBalance: state.baseBalance, brought: [], others: [] },
  }
  return choiceOf(shelf, asset, { position: id, absorbs: null, deficitBase: 0n, healthFactor: 0n, lowers: 0n })
}

/** The store front as it stands when a purchase comes, behind an absorption and other purchases. */
interface Shelf {
  readonly state: CometState
  readonly at: PriceView
  readonly moment: Moment
  readonly baseBalance: bigint
  /** What was absorbed in this transaction, by asset. */
  readonly brought: readonly bigint[]
  /** Absorbed assets that nobody has bought yet. */
  readonly others: readonly Asset[]
}

interface Buyer extends Pick<CometPlan, 'position' | 'absorbs' | 'healthFactor'> {
  readonly deficitBase: bigint
  /** By how much the absorption lowers the reserves, base tokens. */
  readonly lowers: bigint
}

/** Buying `asset` from the shelf. */
function choiceOf(shelf: Shelf, asset: Asset, { deficitBase, lowers, ...buyer }: Buyer): PlanChoice {
  const { state, moment, at } = shelf
  const tokens = { collateral: asset.token, debt: state.config.base }
  const offer = offerOf(state, asset, moment.base, at)
  const brought = shelf.brought[asset.index] ?? 0n
  const stock = asset.reserves + brought
  const refusal = notSold(shelf, offer, stock)
  if (refusal !== null) return { refusal, ...tokens }
  const sell = (repay: bigint): Amounts | Refusal => purchase(offer, stock, repay, deficitBase)
  const plan: CometPlan = {
    ...{ comet: contractOf(state.market, 'comet'), market: state.market.id, ...buyer, ...tokens },
    collateralPrice: dollarsOf(state, at.price(asset.token.address).value, at),
    debtPrice: dollarsOf(state, moment.base.price, at),
    maxRepay: baseFor(offer, stock),
    availableCollateral: stock,
    brings: buyer.absorbs === null ? 0n : brought,
    reserveRoom: { headroom: headroomOf(shelf), lowers },
    at: sell,
    after: (repay) => ('seize' in sell(repay) ? restOf(shelf, repay, buyer) : null),
  }
  return plan
}

/** The other collaterals of an absorbed account are bought behind the first, by what that purchase left of the reserves. */
function restOf(shelf: Shelf, repay: bigint, buyer: Omit<Buyer, 'deficitBase' | 'lowers'>): PositionAfter {
  const baseBalance = shelf.baseBalance + repay
  const next = { ...buyer, absorbs: null, deficitBase: 0n, lowers: 0n }
  return {
    liquidatable: shelf.others.length > 0,
    choices: () =>
      shelf.others.map((asset) => {
        const others = shelf.others.filter((one) => one !== asset)
        return choiceOf({ ...shelf, baseBalance, others }, asset, next)
      }),
  }
}

/** How far the reserves are below their target when the purchase comes: what others' purchases before it may not use up. */
const headroomOf = ({ state, moment, baseBalance }: Shelf): bigint =>
  state.config.targetReserves - reservesOf(baseBalance, moment.totals)

/** Why `buyCollateral` would revert whatever the amount, in its order. */
function notSold({ state, moment, baseBalance }: Shelf, offer: Offer, stock: bigint): Refusal | null {
  if (state.pauses.buy) return refuse('paused', 'buyCollateral is paused')
  const reserves = reservesOf(baseBalance, moment.totals)
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
