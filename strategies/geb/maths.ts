import { RAY, WAD, minOf, rayMulFloor, rayPowHalfUp } from '../../src/domain/maths.js'

export const wmulFloor = (a: bigint, b: bigint): bigint => (a * b) / WAD
export const wdivFloor = (a: bigint, b: bigint): bigint => (a * WAD) / b

/** Rad in whole units of the last place of a wad, rounded up or down. */
export const radToWadCeil = (rad: bigint): bigint => (rad + RAY - 1n) / RAY
export const radToWadFloor = (rad: bigint): bigint => rad / RAY

/** `OracleRelayer.calcRedemptionPrice` at `t`, ray: what it was at `updatedAt` grown by the rate per second. */
export const redemptionPriceAt = (price: bigint, rate: bigint, updatedAt: bigint, t: bigint): bigint =>
  rayMulFloor(rayPowHalfUp(rate, t > updatedAt ? t - updatedAt : 0n), price)

/** What `LiquidationEngine.liquidateSAFE` takes of a SAFE. All but the wad amounts in rad or ray as the contracts hold them. */
export interface Seizure {
  /** Wad of normalised debt. */
  readonly debt: bigint
  /** Wad. */
  readonly collateral: bigint
  /** Rad. */
  readonly amountToRaise: bigint
}

/**
 * What an engine does where the share of a SAFE that may be auctioned would leave less debt than the floor: Open Dollar's refuses
 * (`LiqEng_DustySAFE`), HAI's auctions all of it. The two also apply the limit of coins on auction differently.
 */
export type DustRule = 'refused' | 'auctioned'

export interface SeizureTerms {
  /** Ray. */
  readonly rate: bigint
  /** Rad. */
  readonly debtFloor: bigint
  /** Wad. */
  readonly penalty: bigint
  /** Rad. */
  readonly quantity: bigint
  /** Rad. */
  readonly onAuctionLimit: bigint
  readonly onAuction: bigint
  readonly dust: DustRule
}

export type SeizureRefusal = 'limit' | 'null-auction' | 'null-collateral' | 'dusty'

interface Position {
  readonly locked: bigint
  readonly debt: bigint
}

/** `LiquidationEngine.liquidateSAFE` after its test of safety, without a saviour; every division rounded down. */
export const seizureOf = (safe: Position, terms: SeizureTerms): Seizure | SeizureRefusal =>
  terms.dust === 'refused' ? dustRefused(safe, terms) : dustAuctioned(safe, terms)

/** Open Dollar: the room below the limit bounds the share. */
function dustRefused(safe: Position, terms: SeizureTerms): Seizure | SeizureRefusal {
  const { rate, debtFloor, penalty, quantity, onAuctionLimit, onAuction } = terms
  if (onAuction >= onAuctionLimit || onAuctionLimit - onAuction < debtFloor) return 'limit'
  const room = wdivFloor(minOf(quantity, onAuctionLimit - onAuction), rate) / penalty
  const debt = minOf(safe.debt, room)
  if (debt === 0n) return 'null-auction'
  const collateral = minOf(safe.locked, (safe.locked * debt) / safe.debt)
  if (collateral === 0n) return 'null-collateral'
  if (debt !== safe.debt && (safe.debt - debt) * rate < debtFloor) return 'dusty'
  return { debt, collateral, amountToRaise: wmulFloor(debt * rate, penalty) }
}

/** HAI (hai-on-op/core df61b08): the share knows no limit; what it raises must fit below the limit as a whole. */
function dustAuctioned(safe: Position, terms: SeizureTerms): Seizure | SeizureRefusal {
  const { rate, debtFloor, penalty, quantity, onAuctionLimit, onAuction } = terms
  const share = minOf(safe.debt, wdivFloor(quantity, penalty) / rate)
  const debt = share !== safe.debt && safe.debt - share < debtFloor / rate ? safe.debt : share
  const collateral = (safe.locked * debt) / safe.debt
  const amountToRaise = wmulFloor(debt * rate, penalty)
  if (debt === 0n) return 'null-auction'
  if (collateral === 0n) return 'null-collateral'
  if (onAuction + amountToRaise > onAuctionLimit) return 'limit'
  return { debt, collateral, amountToRaise }
}
