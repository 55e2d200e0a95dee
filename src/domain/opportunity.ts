import type { Address, Hex } from './chain.js'
import type { PositionId } from './market.js'
import type { Refusal } from './refusal.js'
import type { Order, Step } from './steps.js'
import type { Amounts, Plan } from './plan.js'

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
  /** Of a transaction at a loss (backstop mode): debt that this ends, repaid and written off, USD with 8 decimals. */
  readonly realisesBase?: bigint
}

/**
 * The transaction of somebody else that makes an opportunity one, and that ours must follow in its bundle.
 * `transmit`: seen in full in the public mempool, so it may also land by itself. `hint`: known by its hash alone, inside an
 * order-flow auction; `id` is what the auction calls it (MEV-Share: the double hash).
 */
export type Behind =
  | { readonly kind: 'transmit'; readonly hash: Hex; readonly raw: Hex }
  | { readonly kind: 'hint'; readonly auction: 'mev-share' | 'titan-ofa' | 'atlas'; readonly id: Hex }

/** Legs that share one transaction, with what we expect of it. All `…Wei` are wei of the native token. */
export interface Opportunity {
  readonly id: string
  readonly chainId: number
  readonly legs: readonly Leg[]
  readonly profitToken: Address
  readonly grossWei: bigint
  readonly gas: bigint
  /** Gas that the chain takes out of the limit for the transaction's data, beside `gas` (Arbitrum). */
  readonly dataGas?: bigint
  /** What the chain charges for the transaction's data beside gas × price, also of one that reverts; part of `gasCostWei`. */
  readonly dataWei?: bigint
  readonly gasCostWei: bigint
  readonly bidWei: bigint
  /** gross − gas − bid. */
  readonly netWei: bigint
  /** USD with 8 decimals. */
  readonly netUsd8: bigint
  /** What a bid must leave of the gain when it is offered, wei, where the order's own minimum on chain is less. */
  readonly leastWei?: bigint
  readonly order: Order
  /** Where the transaction is no order of the executor (the auction agent's): what is called instead; of `order` the deadlines hold. */
  readonly call?: { readonly to: Address; readonly data: Hex }
  /**
   * Backstop mode alone: it gains at the pools, or takes nothing from us, but not what gas and bid cost. The bid is a tip, and
   * what is lost counts towards the day's budget of its market. Absent: it pays.
   */
  readonly atLoss?: true
  /** Work that can wait: it takes the key that is kept for that, and never one that a liquidation needs. */
  readonly housekeeping?: true
  /** Absent: it pays on the chain as it is. */
  readonly behind?: Behind
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
