import type { Address } from '../domain/chain.js'
import type { CallStep, Step } from '../domain/steps.js'
import type { Amounts, Plan } from '../domain/plan.js'
import type { Batch, BatchAmounts } from './batch.js'
import type { GasModel } from './gas-model.js'
import type { PoolBook } from './pool-book.js'

export interface WalkRequest {
  readonly batch: Pick<Batch, 'collateral' | 'debt'>
  readonly amounts: BatchAmounts
  readonly book: PoolBook
  readonly held: ReadonlyMap<Address, bigint>
  /** False behind other legs of the same transaction. */
  readonly first: boolean
  /** What a flash swap takes beyond the quote of what it must bring, basis points. */
  readonly toleranceBps: number
  /**
   * How much worse than quoted a pool may serve, basis points: others sell into the same pool in the same block, and what the
   * whole transaction must gain is guarded by the order's minimum.
   */
  readonly limitBps: number
  readonly gas: GasModel
  /** Null while sizes are compared: the walk then leaves the steps out. */
  readonly encode: ((plan: Plan, amounts: Amounts) => readonly CallStep[]) | null
}

export interface Walk {
  /** Gain in the profit token, exactly as the executor will count it at this block. */
  readonly gross: bigint
  readonly gas: bigint
  readonly steps: readonly Step[]
  /** Worked out when asked for: most walks are only compared. */
  leaves(): Left
}

/** What a walk leaves behind. */
export interface Left {
  readonly book: PoolBook
  /** Other tokens left in the executor, swept to the payout address. */
  readonly held: ReadonlyMap<Address, bigint>
}
