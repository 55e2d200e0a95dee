import type { ChainConfig } from '../config/market-file.js'
import type { Address } from '../domain/chain.js'
import type { PositionId } from '../domain/market.js'
import type { CallStep, ExpectStep, HealthCheck } from '../domain/steps.js'
import type { Amounts, Plan } from '../domain/plan.js'
import type { ReserveInfo } from '../domain/strategy.js'
import type { DataFee } from './data-fee/data-fee.js'
import type { GasModel } from './gas-model.js'
import type { PoolBook } from './pool-book.js'
import type { Valuation } from './valuation.js'

/** What this room asks of a market, made by the composition from strategy, state and prices of one block. */
export interface MarketDesk {
  readonly valuation: Valuation
  /** Flash loan of the market for this token, null when it is off. */
  flash(token: Address): ReserveInfo['flash']
  encode(plan: Plan, amounts: Amounts): readonly CallStep[]
  check(position: PositionId): HealthCheck | null
  /** A cheap look whether the position of the plan still stands; null or absent where there is none. */
  standing?(plan: Plan): ExpectStep | null
}

/** Shares in basis points. */
export interface ProfitSettings {
  readonly minProfitUsd8: bigint
  /** Share of the gain offered to the builder. */
  readonly bidBps: number
  /** Most that the executor contract lets an order bid. */
  readonly maxBidBps: number
  readonly maxFeeShareBps: number
  /** What flash swaps take beyond the quote of what they must bring. */
  readonly toleranceBps: number
  /** How much worse than quoted a swap may turn out before the order reverts. */
  readonly limitBps: number
  /** Others bid for the same positions: what they are ranked by decides, not what is left after gas and bid. */
  readonly contest: Contest | null
  /** Backstop mode, for what does not pay: a gain at the pools is enough, the bid is the least one. Absent: it must pay. */
  readonly atLoss?: true
}

/** By what a block's builder ranks those who want the same: the payment per gas, or behind a hint the payment. */
export type Contest = 'perGas' | 'payment'

/** Everything that is the same for all legs of one block. */
export interface ProfitContext {
  readonly chain: Pick<ChainConfig, 'id' | 'wrappedNative' | 'hops' | 'bid' | 'submission' | 'maxTransactionGas'>
  /** Last block in which the order may run. */
  readonly deadlineBlock: number
  /** Last timestamp at which it may run, unix seconds; interest is covered until then. */
  readonly deadlineTime: bigint
  /** Base fee of the target block plus our tip, wei. */
  readonly gasPriceWei: bigint
  /** What the tail of a block pays per gas above the base fee, wei: a bid below it is left out. */
  readonly bidFloorPerGasWei: bigint
  readonly settings: ProfitSettings
  readonly gas: GasModel
  /** What the chain charges for a transaction's data, beside its gas. */
  readonly data: DataFee
  /** Throws for a market that is not configured. */
  desk(market: string): MarketDesk
}

/** What legs of one transaction change for those behind them. */
export interface Situation {
  readonly book: PoolBook
  /** Tokens that earlier legs left in the executor, besides the profit token: a later `'all'` sells them too. */
  readonly held: ReadonlyMap<Address, bigint>
  /** By `market token`: liquidity that earlier legs took out of the reserve, less what they paid back. */
  readonly taken: ReadonlyMap<string, bigint>
  /** The part of `taken` that the plans at hand know of: they are those of a position behind its first liquidations. */
  readonly known: ReadonlyMap<string, bigint>
  /** False behind the first leg: the transaction's own gas is paid already. */
  readonly first: boolean
  /** True for legs that only count with others: bid and minimum are those of all, so that each is worth what it adds. */
  readonly withOthers?: boolean
}

/** The same for a leg of a sequence. */
export const withOthers = (situation: Situation): Situation => ({ ...situation, withOthers: true })

export const startOf = (book: PoolBook): Situation => ({
  book,
  held: new Map(),
  taken: new Map(),
  known: new Map(),
  first: true,
})

export const reserveKey = (market: string, token: Address): string => `${market} ${token}`
