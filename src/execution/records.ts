import { groupsOf } from '../domain/attempts.js'
import type { Address, Hex } from '../domain/chain.js'
import { maxOf } from '../domain/maths.js'
import type { Opportunity, Outcome } from '../domain/opportunity.js'
import type { Deadline } from './deadline.js'
import type { Auction } from './relays/relay.js'

/** One liquidation of an opportunity as journal and ledger keep it: data alone, no plan. Raw token units. */
export interface LegRecord {
  readonly market: string
  readonly position: string
  readonly collateral: Address
  readonly debt: Address
  readonly repay: bigint
  readonly seize: bigint
  readonly gross: bigint
  readonly route: string
  /** Of a transaction at a loss (backstop mode): debt that this ends, USD with 8 decimals. */
  readonly realisesBase?: bigint
  /** Number of the attempt it stands in; absent where the transaction lands with all its legs or not at all. */
  readonly attempt?: number
}

/** What was expected of an attempt when it was signed. */
export interface OpportunityRecord {
  readonly id: string
  readonly legs: readonly LegRecord[]
  readonly profitToken: Address
  readonly grossWei: bigint
  readonly gas: bigint
  readonly gasCostWei: bigint
  /** Part of it that the chain charges for the data; absent where it charges none. */
  readonly dataWei?: bigint
  readonly bidWei: bigint
  readonly netWei: bigint
  readonly netUsd8: bigint
}

/** Opportunities we have decided to send under one nonce; journalled before the first byte leaves. */
export interface IntentRecord {
  readonly id: string
  readonly chainId: number
  readonly operator: Address
  readonly nonce: number
  /** Names the intent towards relays that can replace and cancel. */
  readonly replacementUuid: string
  readonly dryRun: boolean
  readonly createdAtMs: number
}

/** Somebody's transaction that an attempt follows: its hash, or the name that an auction gives it. */
export type BehindRecord =
  | { readonly kind: 'transmit'; readonly id: Hex }
  | { readonly kind: 'hint'; readonly auction: Auction; readonly id: Hex }

/** One signed transaction of an intent; it cannot succeed after its deadlines, executor and agent see to that (`absorb` has none). */
export interface AttemptRecord {
  readonly intentId: string
  readonly transactionHash: Hex
  /** The block it is aimed at; it may land up to its deadlines. */
  readonly targetBlock: number
  readonly deadlineBlock: number
  /** Unix seconds. */
  readonly deadlineTime: bigint
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
  readonly gasLimit: bigint
  /** Hosts of the relays it was meant for. */
  readonly relays: readonly string[]
  readonly sentAtMs: number
  readonly opportunity: OpportunityRecord
  /** Absent: it pays on the chain as it is. */
  readonly behind?: BehindRecord
}

export interface OutcomeRecord {
  readonly intentId: string
  readonly outcome: Outcome
  /** The attempt that landed, where one did. */
  readonly transactionHash: Hex | null
  /** True when the intent can change no more and is tracked no longer. */
  readonly closed: boolean
  readonly atMs: number
}

/** An intent with everything the journal knows of it; `outcome` is the latest. */
export interface TrackedIntent {
  readonly intent: IntentRecord
  readonly attempts: readonly AttemptRecord[]
  readonly outcome: OutcomeRecord | null
}

/** Last block and last timestamp at which any attempt may still succeed; -1 without attempts (nothing was ever sent). */
export const deadlineOf = ({ attempts }: TrackedIntent): Deadline => ({
  block: attempts.reduce((latest, attempt) => Math.max(latest, attempt.deadlineBlock), -1),
  time: attempts.reduce((latest, attempt) => maxOf(latest, attempt.deadlineTime), -1n),
})

/** The places an opportunity or attempt liquidates, as `market/position`, each once however many calls it takes. */
export const positionsOf = (legs: readonly { readonly market: string; readonly position: string }[]): string[] => [
  ...new Set(legs.map((leg) => `${leg.market}/${leg.position}`)),
]

export function recordOf(opportunity: Opportunity): OpportunityRecord {
  const { id, profitToken, grossWei, gas, gasCostWei, dataWei, bidWei, netWei, netUsd8 } = opportunity
  const groups = opportunity.order.steps.some(({ kind }) => kind === 'attempt') ? groupsOf(opportunity.legs) : []
  const legs = opportunity.legs.map((leg) => ({
    market: leg.market,
    position: leg.position,
    collateral: leg.plan.collateral.address,
    debt: leg.plan.debt.address,
    repay: leg.amounts.repay,
    seize: leg.amounts.seize,
    gross: leg.gross,
    route: leg.route,
    ...(leg.realisesBase === undefined ? {} : { realisesBase: leg.realisesBase }),
    ...(groups.length === 0 ? {} : { attempt: groups.findIndex((group) => group.includes(leg)) }),
  }))
  const data = dataWei === undefined ? {} : { dataWei }
  return { id, legs, profitToken, grossWei, gas, gasCostWei, ...data, bidWei, netWei, netUsd8 }
}
