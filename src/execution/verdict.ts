import type { Outcome } from '../domain/opportunity.js'
import type { ChainFacts } from './chain-facts.js'
import type { TrackedIntent } from './records.js'
import { isOver } from './deadline.js'
import { deadlineOf } from './records.js'
import type { Rival } from './rivals.js'

export interface Verdict {
  readonly outcome: Outcome
  /** True while a transaction of this intent can still be mined and succeed: the lane signs no other nonce until then. */
  readonly mayStillLand: boolean
  /** True when no reorg that we allow for can change it. */
  readonly closed: boolean
}

/**
 * What became of an intent, from the facts of one head alone; no history is needed, so a restart or a reorg cannot confuse
 * it. In order:
 * 1. An attempt is in a canonical block: landed or reverted, final after `confirmations` more blocks.
 * 2. The nonce is gone without us, or the deadline is past (`isOver`): outbid when a rival was seen at one of its positions or
 *    another transaction of this key took the nonce, else expired.
 * 3. That verdict stays when a later intent of ours uses the nonce that an expired one has left; an `outbid` by a rival whose
 *    block was undone becomes `expired`.
 * 4. Else pending; `reorged` when it was in a block before.
 */
export function verdictOf(
  tracked: TrackedIntent,
  facts: ChainFacts,
  rival: Rival | null,
  confirmations: number,
  numbersAreOurs: boolean,
): Verdict {
  const mined = facts.mined.get(tracked.intent.id) ?? null
  const { number } = facts.head
  if (mined !== null) {
    const { status, blockHash, blockNumber } = mined.receipt
    return {
      outcome: { kind: status === 1 ? 'landed' : 'reverted', blockHash, blockNumber },
      mayStillLand: false,
      closed: number >= blockNumber + confirmations,
    }
  }
  const deadline = deadlineOf(tracked)
  const over = isOver(deadline, facts.head, numbersAreOurs)
  const closed = over && number >= deadline.block + confirmations
  const before = tracked.outcome?.outcome ?? null
  const gone = (facts.nonces.get(tracked.intent.operator) ?? 0) > tracked.intent.nonce
  if (gone || over) {
    const undone = rival?.undone === true && before?.kind === 'outbid' && before.by === rival.by
    // what ended without us stays as it is when a later intent of ours uses the nonce
    if (before?.kind === 'expired' || (before?.kind === 'outbid' && !undone)) {
      return { outcome: before, mayStillLand: false, closed }
    }
    const by = rival === null || rival.undone ? null : rival.by
    const expired = by === null && (!gone || undone)
    const outcome = expired ? { kind: 'expired' as const } : { kind: 'outbid' as const, by }
    // the nonce is gone and no receipt is found: a node may lag, so the next head looks again before the books are closed
    return { outcome, mayStillLand: false, closed: closed && !gone }
  }
  const wasMined = before?.kind === 'landed' || before?.kind === 'reverted' || before?.kind === 'reorged'
  return { outcome: { kind: wasMined ? 'reorged' : 'pending' }, mayStillLand: true, closed: false }
}

/** True when the two say the same: then nothing is journalled. */
export function sameOutcome(a: Outcome, b: Outcome): boolean {
  if (a.kind !== b.kind) return false
  const blockOf = (outcome: Outcome): string => ('blockHash' in outcome ? outcome.blockHash : '')
  const rivalOf = (outcome: Outcome): string => (outcome.kind === 'outbid' ? (outcome.by ?? '') : '')
  return blockOf(a) === blockOf(b) && rivalOf(a) === rivalOf(b)
}
