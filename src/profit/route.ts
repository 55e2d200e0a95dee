import type { Address } from '../domain/chain.js'
import type { FreeVia } from '../domain/steps.js'

/**
 * A route is an order without amounts: which pools and lenders, nested how. `walkRoute` gives it amounts. The shapes:
 *
 *   flash swap, exact output   borrow the debt token from the pool that takes the collateral (or a hop token) for it
 *   flash swap, exact input    sell the whole seized collateral in advance: the surplus is debt token
 *   flash loan                 borrow the debt token from a lender, for collateral = debt and where no pool has depth
 *
 * Any one swap may be shared by two pools: `walkRoute` finds how, at every amount anew.
 */
export interface Route {
  readonly profitToken: Address
  readonly steps: readonly RouteStep[]
}

export type RouteStep =
  | FlashSwapRoute
  | {
      readonly kind: 'flashLoan'
      readonly lender: Address
      /** Absent: the flash loan of an Aave market. */
      readonly via?: FreeVia
      readonly token: Address
      readonly premiumBps: bigint
      readonly available: bigint
      readonly body: readonly RouteStep[]
    }
  | { readonly kind: 'liquidate' }
  /** Sells all that is there of `tokenIn`. */
  | SwapRoute

export interface SwapRoute {
  readonly kind: 'swap'
  readonly pool: Address
  /** Another pool, which takes the part that is better sold there. */
  readonly beside?: Address
  readonly tokenIn: Address
  readonly tokenOut: Address
}

export interface FlashSwapRoute {
  readonly kind: 'flashSwap'
  readonly pool: Address
  /** Another pool, in a flash swap inside this one, for the part that is better traded there. */
  readonly beside?: Address
  readonly tokenIn: Address
  readonly tokenOut: Address
  /**
   * `debt`: buy what the liquidation must cover · `seized`: sell what it seizes · `owed`: buy what the flash swap around
   * it owes, plus the tolerance.
   */
  readonly amount: 'debt' | 'seized' | 'owed'
  readonly body: readonly RouteStep[]
}
