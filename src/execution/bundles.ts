import { createHash } from 'node:crypto'
import type { Hex } from '../domain/chain.js'
import type { Behind } from '../domain/opportunity.js'
import type { AttemptRecord, BehindRecord, IntentRecord, TrackedIntent } from './records.js'
import type { Bundle } from './relays/relay.js'

/** Last block after the target for which an auction may still take a backrun (MEV-Share: block N+1, maxBlock N+3). */
const HINT_BLOCKS = 2

/** What the journal keeps of what an attempt must follow. */
export const behindRecordOf = (behind: Behind): BehindRecord =>
  behind.kind === 'transmit'
    ? { kind: 'transmit', id: behind.hash }
    : { kind: 'hint', auction: behind.auction, id: behind.id }

/** A version 4 uuid that follows from the intent's and a word: known after a restart without being written down. */
function derived(uuid: string, word: string): string {
  const hex = createHash('sha256').update(`${uuid} ${word}`).digest('hex')
  const variant = ((parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-')
}

interface Names {
  readonly whole: string
  /** Of the variant without the transaction that is followed. */
  readonly alone: string
}

/**
 * What newer bundles of an intent replace: those that follow the same transaction, never those that follow another or none,
 * since nobody knows which of them comes true.
 */
function namesOf(uuid: string, behind: BehindRecord | undefined): Names {
  if (behind === undefined) return { whole: uuid, alone: uuid }
  return { whole: derived(uuid, behind.id), alone: derived(uuid, `alone ${behind.id}`) }
}

/** The uuids under which one attempt is out. */
export function replacementUuidsOfAttempt(intent: IntentRecord, { behind }: AttemptRecord): readonly string[] {
  // what follows a hint carries no name: it ends with its last block
  if (behind?.kind === 'hint') return []
  const { whole, alone } = namesOf(intent.replacementUuid, behind)
  return [...new Set([whole, alone])]
}

/** Every uuid under which bundles of the intent may be out. */
export function replacementUuidsOf({ intent, attempts }: TrackedIntent): readonly string[] {
  return [...new Set(attempts.flatMap((attempt) => replacementUuidsOfAttempt(intent, attempt)))]
}

export interface Signed {
  readonly intent: IntentRecord
  readonly attempt: AttemptRecord
  readonly raw: Hex
}

/**
 * What goes out for one signed transaction; all of it has one nonce, so at most one lands.
 * - alone: one bundle for the target block
 * - behind a transaction that is public: `[that, ours]`, and ours alone, for that may land earlier in the block from the
 *   public mempool, and a bundle with it would then fail
 * - behind a hint: ours with the hint, to relays of its auction and nobody else
 */
export function bundlesOf({ intent, attempt, raw }: Signed, behind: Behind | undefined): readonly Bundle[] {
  const { targetBlock, deadlineBlock, deadlineTime } = attempt
  const { whole, alone } = namesOf(intent.replacementUuid, attempt.behind)
  const common = { targetBlock, maxTimestamp: Number(deadlineTime) }
  const ours = { ...common, transactions: [raw], replacementUuid: alone }
  if (behind === undefined) return [ours]
  if (behind.kind === 'transmit') {
    return [{ ...common, transactions: [behind.raw, raw], replacementUuid: whole }, ours]
  }
  const lastBlock = Math.min(deadlineBlock, targetBlock + HINT_BLOCKS)
  return [{ ...ours, replacementUuid: whole, hint: { auction: behind.auction, id: behind.id, lastBlock } }]
}
