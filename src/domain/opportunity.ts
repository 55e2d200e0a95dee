import type { Address, Hex } from './chain.js'
import type { PositionId } from './market.js'
import type { Refusal } from './refusal.js'
import type { Order, Step } from './steps.js'
import type { Amounts, Plan } from './strategy.js'

/** One atomic step of an opportunity: one liquidation with its exit, ending in the profit token. */
export interface Leg {
  readonly market: string
  readonly position: PositionId
  readonly plan: Plan
  readonly amounts: Amounts
  readonly steps: readonly Step[]
  /** Pools and lenders in order, for people: `WETH -[0.05 %]-> USDC`. */
  readonly route: string
  /** Gain in the profit token before gas and bid, raw units, as the pools quote it now. */
  readonly gross: bigint
  readonly gas: bigint
  /** Exit price against the oracle's, basis points lost (negative: better than the oracle). */
  readonly exitShortfallBps: number
}

/** Legs that share one transaction, with what we expect of it. All `…Wei` are wei of the native token. */
export interface Opportunity {
  readonly id: string
  readonly chainId: number
  readonly legs: readonly Leg[]
  readonly profitToken: Address
  readonly grossWei: bigint
  readonly gas: bigint
  readonly gasCostWei: bigint
  readonly bidWei: bigint
  /** gross − gas − bid. */
  readonly netWei: bigint
  /** USD with 8 decimals. */
  readonly netUsd8: bigint
  readonly order: Order
}

/** What became of an intent, in the order in which it usually goes. */
export type Outcome =
  | { readonly kind: 'pending' }
  | { readonly kind: 'landed'; readonly blockHash: Hex; readonly blockNumber: number }
  | { readonly kind: 'reverted'; readonly blockHash: Hex; readonly blockNumber: number }
  | { readonly kind: 'reorged' }
  | { readonly kind: 'outbid'; readonly by: Address | null }
  | { readonly kind: 'expired' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** An opportunity we have decided to send. Journalled before the first byte leaves; one intent per nonce. */
export interface Intent {
  readonly id: string
  readonly chainId: number
  readonly operator: Address
  readonly nonce: number
  readonly deadlineBlock: number
  readonly opportunity: Opportunity
  /** Every transaction ever signed for this nonce: any of them may still land until `deadlineBlock` has passed. */
  readonly attempts: readonly Attempt[]
}

export interface Attempt {
  readonly transactionHash: Hex
  readonly targetBlock: number
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
  readonly relays: readonly string[]
  readonly sentAtMs: number
}
