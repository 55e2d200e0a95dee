import type { PositionId, Token } from './market.js'
import type { Refusal } from './refusal.js'

/** What one liquidation call will do, exactly, if it runs at the block and prices it was computed for. */
export interface Amounts {
  /** The argument of the call: at least `repay`; what is not used comes back. Covers interest to the order's deadline. */
  readonly debtToCover: bigint
  /** Debt tokens that leave the liquidator. */
  readonly repay: bigint
  /** Collateral tokens that reach the liquidator, after the protocol's fee. */
  readonly seize: bigint
  readonly protocolFee: bigint
  /** Debt written off as the protocol's deficit by this call, USD with 8 decimals. */
  readonly deficitBase: bigint
}

/** One legal liquidation of one position with its exact bounds. */
export interface Plan {
  readonly market: string
  readonly position: PositionId
  readonly collateral: Token
  readonly debt: Token
  readonly collateralPrice: bigint
  readonly debtPrice: bigint
  readonly healthFactor: bigint
  /** Most that one call may repay, raw units of the debt token. */
  readonly maxRepay: bigint
  /** Liquidity of the collateral reserve that can leave the market now, raw units. */
  readonly availableCollateral: bigint
  /** Of those, what the liquidation itself brings before it takes any (Comet: what `absorb` seizes). Absent: nothing. */
  readonly brings?: bigint
  /**
   * Where the market sells only while its reserves are below a target (Comet): by less than how much earlier repayments in the
   * same transaction may have raised them, and by how much this plan lowers them, raw units of the debt token. Absent: no target.
   */
  readonly reserveRoom?: { readonly headroom: bigint; readonly lowers: bigint }
  /** Repaying `debt` raw units: exact amounts, or why the contract would revert (dust rule, liquidity). Pure. */
  at(repay: bigint): Amounts | Refusal
  /**
   * The position as repaying `debt` raw units would leave it, in the same transaction: exact, pure. Null where `at` refuses.
   * Absent: the strategy cannot tell, and one transaction liquidates the position once.
   */
  after?(repay: bigint): PositionAfter | null
}

/** What else can be done to a position behind one liquidation of it. */
export interface PositionAfter {
  /** False where it is healthy, or has nothing left: then nothing more is worth asking. */
  readonly liquidatable: boolean
  choices(): readonly PlanChoice[]
}

export type PlanChoice = Plan | { readonly refusal: Refusal; readonly collateral: Token; readonly debt: Token }
