import { KeeperError } from '../../src/domain/errors.js'
import { MAX_UINT256, WAD } from '../../src/domain/maths.js'
import type { PositionId } from '../../src/domain/market.js'
import { inDollars } from '../../src/domain/price-unit.js'
import type { PriceView } from '../../src/domain/prices.js'
import type { Solvency } from '../../src/domain/strategy.js'
import { UNIT_FEED } from './contracts.js'
import { type Totals, accrue, balanceOf, reservesOf } from './interest.js'
import { type Base, type Held, type Offer, discountedPrice, isForSale, liquidityOf, mulPrice } from './rules.js'
import { type Account, type Asset, type CometState, heldOf, storeAsset } from './state.js'

/** Stock worth less than a dollar is not worth a look. */
const LEAST_STOCK = 10n ** 8n

/** USD with 8 decimals of a worth at the Comet's own prices, rounded down. */
export const dollarsOf = ({ market }: CometState, worth: bigint, at: PriceView): bigint =>
  inDollars(worth, market.contracts['unitFeed'] === undefined ? null : at.price(UNIT_FEED).value)

/** The market as a transaction in a block of this time meets it: accrued, because `absorb` accrues first. */
export interface Moment {
  readonly totals: Totals
  readonly base: Base
}

export const momentOf = ({ totals, config }: CometState, at: PriceView): Moment => ({
  totals: accrue(totals, config, at.timestamp),
  base: { price: at.price(config.base.address).value, scale: config.baseScale },
})

export const heldBy = ({ assets }: CometState, account: Account, at: PriceView): Held[] =>
  assets.flatMap((asset) => {
    const balance = heldOf(account, asset.index)
    return balance > 0n ? [{ terms: asset, balance, price: at.price(asset.token.address).value }] : []
  })

/** The store front's terms for one collateral. */
export function offerOf({ config }: CometState, asset: Asset, base: Base, at: PriceView): Offer {
  const price = discountedPrice(at.price(asset.token.address).value, asset, config.storeFrontFactor)
  return { price, scale: asset.scale, base }
}

/** Figures of one account; the two sums are those of Comet.isLiquidatable, the ratio of them is ours. */
export interface Standing extends Solvency {
  readonly moment: Moment
  readonly held: readonly Held[]
  /** False when a feed has no price: every call that asks for it reverts. */
  readonly priced: boolean
}

export function standingOf(state: CometState, account: Account, at: PriceView): Standing {
  const moment = momentOf(state, at)
  const held = heldBy(state, account, at)
  const balance = balanceOf(account.principal, moment.totals)
  const { weighted, debt } = liquidityOf(balance, moment.base, held)
  const worth = held.reduce((sum, { terms, balance: b, price }) => sum + mulPrice(b, price, terms.scale), 0n)
  const priced = moment.base.price > 0n && held.every(({ price }) => price > 0n)
  return {
    healthFactor: debt === 0n ? MAX_UINT256 : (weighted * WAD) / debt,
    collateralBase: dollarsOf(state, worth, at),
    debtBase: dollarsOf(state, debt, at),
    liquidatable: priced && account.principal < 0n && weighted < debt,
    raw: balance < 0n ? -balance : 0n,
    moment,
    held,
    priced,
  }
}

/** Comet.getReserves at the moment, base tokens; may be negative. */
export const reservesAt = ({ baseBalance }: CometState, { totals }: Moment): bigint => reservesOf(baseBalance, totals)

/** A store front is "liquidatable" while anybody may buy from it what is worth a look. */
function storeSolvency(state: CometState, asset: Asset, at: PriceView): Solvency {
  const moment = momentOf(state, at)
  const price = at.price(asset.token.address).value
  const value = dollarsOf(state, mulPrice(asset.reserves, price, asset.scale), at)
  const offered = mulPrice(asset.reserves, offerOf(state, asset, moment.base, at).price, asset.scale)
  const open = !state.pauses.buy && isForSale(reservesAt(state, moment), state.config.targetReserves)
  const priced = price > 0n && moment.base.price > 0n
  return {
    healthFactor: 0n,
    collateralBase: value,
    debtBase: dollarsOf(state, offered, at),
    liquidatable: open && priced && value >= LEAST_STOCK,
    raw: asset.reserves,
  }
}

/** Throws `KeeperError('unknown-position')` for an id that the state does not hold or has not read yet. */
export function solvencyOf(state: CometState, id: PositionId, at: PriceView): Solvency {
  const asset = storeAsset(state, id)
  if (asset !== null) return storeSolvency(state, asset, at)
  const account = state.positions.get(id)
  if (account === undefined || state.stale.positions.has(id))
    throw new KeeperError('unknown-position', `${state.market.id}: position ${id} is not known yet`, { position: id })
  const { healthFactor, collateralBase, debtBase, liquidatable, raw } = standingOf(state, account, at)
  return raw === undefined
    ? { healthFactor, collateralBase, debtBase, liquidatable }
    : { healthFactor, collateralBase, debtBase, liquidatable, raw }
}
