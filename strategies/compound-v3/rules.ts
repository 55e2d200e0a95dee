import { FACTOR_SCALE, type Totals, balanceOf, moveTotals, mulFactor, principalOf } from './interest.js'

/** One collateral as AssetInfo has it: factors in 1e18, `scale` = 10^decimals. */
export interface AssetTerms {
  readonly scale: bigint
  readonly liquidateFactor: bigint
  /** Share of the seized value that the borrower is credited with. */
  readonly liquidationFactor: bigint
}

/** A collateral of an account with the price its feed answers, 8 decimals. */
export interface Held {
  readonly terms: AssetTerms
  readonly balance: bigint
  readonly price: bigint
}

export interface Base {
  readonly price: bigint
  readonly scale: bigint
}

/** CometMath `mulPrice`: n · price / scale, rounded down. */
export const mulPrice = (n: bigint, price: bigint, scale: bigint): bigint => (n * price) / scale

/** The two sums of Comet.isLiquidatable in units of price (8 decimals). */
export interface Liquidity {
  /** Σ ⌊⌊balance · price / scale⌋ · liquidateCollateralFactor⌋ */
  readonly weighted: bigint
  /** ⌊debt · price / scale⌋: a negative balance is rounded towards zero by `signedMulPrice`. */
  readonly debt: bigint
}

/** `balance` is the signed base balance, negative for a debt. */
export function liquidityOf(balance: bigint, base: Base, held: readonly Held[]): Liquidity {
  const debt = balance < 0n ? mulPrice(-balance, base.price, base.scale) : 0n
  const weighted = held.reduce(
    (sum, { terms, balance: amount, price }) =>
      sum + mulFactor(mulPrice(amount, price, terms.scale), terms.liquidateFactor),
    0n,
  )
  return { weighted, debt }
}

/**
 * Comet.isLiquidatable for a principal at given indices. The contract stops adding once the sum is not negative, which
 * cannot change the sign: no term is. Indices: `absorb` accrues first, the view does not.
 */
export function isLiquidatable(principal: bigint, totals: Totals, base: Base, held: readonly Held[]): boolean {
  if (principal >= 0n) return false
  const { weighted, debt } = liquidityOf(balanceOf(principal, totals), base, held)
  return weighted < debt
}

/** What `absorb` does to one account and the market; `totals` are those after it. */
export interface Absorbed {
  readonly newPrincipal: bigint
  /** What the reserves pay: AbsorbDebt's `basePaidOut`. */
  readonly paidOut: bigint
  /** Debt beyond what the seized collateral credits: the loss of the reserves, base tokens. */
  readonly shortfall: bigint
  readonly totals: Totals
}

/**
 * Comet.absorbInternal behind its check, at accrued `totals`. Each collateral's value is rounded down, times its
 * liquidation factor rounded down, the sum turned into base rounded down; a balance that stays negative is forgiven.
 */
export function absorb(principal: bigint, totals: Totals, base: Base, held: readonly Held[]): Absorbed {
  const before = balanceOf(principal, totals)
  const credited = held.reduce(
    (sum, { terms, balance, price }) => sum + mulFactor(mulPrice(balance, price, terms.scale), terms.liquidationFactor),
    0n,
  )
  const balance = before + (credited * base.scale) / base.price
  const after = balance < 0n ? 0n : balance
  const newPrincipal = principalOf(after, totals)
  return {
    newPrincipal,
    paidOut: after - before,
    shortfall: balance < 0n ? -balance : 0n,
    totals: moveTotals(totals, principal, newPrincipal),
  }
}

/** The collateral's price with the store front's discount, 8 decimals, each product rounded down (Comet.quoteCollateral). */
export function discountedPrice(price: bigint, { liquidationFactor }: AssetTerms, storeFrontFactor: bigint): bigint {
  const discount = mulFactor(storeFrontFactor, FACTOR_SCALE - liquidationFactor)
  return mulFactor(price, FACTOR_SCALE - discount)
}

/** The store front for one collateral: the discounted price and both scales. */
export interface Offer {
  readonly price: bigint
  readonly scale: bigint
  readonly base: Base
}

/** Comet.quoteCollateral: collateral for `amount` of base, rounded down twice. A discounted price of zero sells nothing here: the contract reverts. */
export const quoteCollateral = ({ price, scale, base }: Offer, amount: bigint): bigint =>
  (base.price * amount * scale) / price / base.scale

/** The most base whose quote is at most `available`: the inverse of `quoteCollateral`, exact. */
export const baseFor = ({ price, scale, base }: Offer, available: bigint): bigint =>
  ((available + 1n) * price * base.scale - 1n) / (base.price * scale)

/** `buyCollateral` sells while the reserves are below their target; negative reserves are below any. */
export const isForSale = (reserves: bigint, target: bigint): boolean => reserves < target
