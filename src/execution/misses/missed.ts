import type { Address, Hex } from '../../domain/chain.js'
import type { RefusalCode } from '../../domain/refusal.js'
import type { LiquidationEvent } from '../../domain/strategy.js'
import type { AttemptRecord } from '../records.js'

/** Why a liquidation by somebody else was not ours. Stable words: metrics and reports group by them. */
export type MissReason = 'not-indexed' | 'too-late' | 'unprofitable' | 'outbid' | 'refused'

/** A liquidation by somebody else of a position in one of our markets. */
export interface Missed {
  readonly market: string
  readonly position: string
  readonly transactionHash: Hex
  readonly blockNumber: number
  readonly blockHash: Hex
  readonly liquidator: Address
  /** The collateral that changed hands. */
  readonly asset: Address
  readonly reason: MissReason
  /** The sentence a person reads. */
  readonly detail: string
  /** How much later than needed we were, where that can be said. */
  readonly lateMs: number | null
  readonly seenAtMs: number
  /** Fee recipient of the block and what it wrote into `extraData`; empty where the block could not be read. */
  readonly builder: string
  readonly extraData: string
  /** Most that the winner can have paid the builder, wei. */
  readonly priceWei: bigint | null
  /** What our attempt expected to gain and bid. */
  readonly grossWei: bigint | null
  readonly bidWei: bigint | null
}

export interface LastRefusal {
  readonly code: RefusalCode
  readonly detail: string
  readonly firstBlock: number
  readonly lastBlock: number
}

/** What we knew of a position when somebody else's liquidation of it was seen. */
export interface Known {
  /** False while the market's replica was not ready. */
  readonly indexed: boolean
  readonly attempts: readonly AttemptRecord[]
  readonly refusal: LastRefusal | null
}

/** The block that took it. */
export interface TakenIn {
  readonly number: number
  /** Milliseconds; null where the chain's clock is not the world's, or the block could not be read. */
  readonly timeMs: number | null
  readonly seenAtMs: number
}

export type Attribution = Pick<Missed, 'reason' | 'detail' | 'lateMs'> & { readonly attempt: AttemptRecord | null }

/** Refusals because it would not pay at our settings. */
const UNPROFITABLE: readonly RefusalCode[] = [
  'no-route',
  'no-exit',
  'below-min-profit',
  'fee-share',
  'gas-price',
  'exit-price',
]
/** Blocks for which what was said of a position still explains what became of it. */
const REMEMBERED_BLOCKS = 3

/**
 * Why `event` was not ours. In order: we did not know the market; we had a transaction out for that block; we had one too
 * late; we said no, and why; else nothing had made the position liquidatable in any block before. Pure.
 */
export function attribute({ indexed, attempts, refusal }: Known, taken: TakenIn): Attribution {
  const none = { attempt: null, lateMs: null }
  if (!indexed) return { ...none, reason: 'not-indexed', detail: 'the replica of its market was not ready' }
  const inTime = attempts.filter((one) => one.sentAtMs < taken.seenAtMs && one.relays.length > 0)
  const aimed = inTime.filter((one) => one.targetBlock <= taken.number && one.deadlineBlock >= taken.number).at(-1)
  if (aimed !== undefined) {
    const lateMs = taken.timeMs === null ? null : Math.max(0, aimed.sentAtMs - taken.timeMs)
    const bid = `we bid ${aimed.opportunity.bidWei} wei for block ${aimed.targetBlock}`
    return { attempt: aimed, reason: 'outbid', detail: bid, lateMs }
  }
  const late = attempts.find((one) => one.sentAtMs >= taken.seenAtMs || one.targetBlock > taken.number)
  if (late !== undefined) {
    const lateMs = Math.max(0, late.sentAtMs - taken.seenAtMs)
    return { attempt: late, reason: 'too-late', detail: `sent for block ${late.targetBlock}`, lateMs }
  }
  if (refusal !== null && refusal.firstBlock < taken.number && refusal.lastBlock >= taken.number - REMEMBERED_BLOCKS) {
    const reason = UNPROFITABLE.includes(refusal.code) ? 'unprofitable' : 'refused'
    return { ...none, reason, detail: `${refusal.code}: ${refusal.detail}` }
  }
  const lateMs = taken.timeMs === null ? null : Math.max(0, taken.seenAtMs - taken.timeMs)
  const detail = 'it was liquidatable in no block before: whoever took it followed a price in the same block'
  return { attempt: null, reason: 'too-late', detail, lateMs }
}

/** The part of a record that the event itself holds. */
export const factsOf = (event: LiquidationEvent) => ({
  market: event.market,
  position: event.position,
  transactionHash: event.transactionHash,
  liquidator: event.liquidator,
  asset: event.collateral,
})
