import { randomUUID } from 'node:crypto'
import type { Address, Head, Hex } from '../domain/chain.js'
import type { Opportunity } from '../domain/opportunity.js'
import type { Refusal } from '../domain/refusal.js'
import { refuse } from '../domain/refusal.js'
import { behindRecordOf } from './bundles.js'
import type { Deadline } from './deadline.js'
import { checkReach, isOver, NO_QUARANTINE, quarantineAfter } from './deadline.js'
import type { Fees } from './fees.js'
import type { Journal } from './journal.js'
import type { JournalEntry } from './journal-entry.js'
import { unsigned, type OperatorKey } from './operator-key.js'
import type { AttemptRecord, IntentRecord, OutcomeRecord, TrackedIntent } from './records.js'
import { deadlineOf, positionsOf, recordOf } from './records.js'
import { Terms, type TermsOptions } from './terms.js'

export interface LaneOptions extends TermsOptions {
  readonly chainId: number
  readonly executor: Address
  readonly key: OperatorKey
  readonly journal: Journal
  /** Most blocks past the head that a deadline may lie; the journal is opened with the same figure. */
  readonly reachBlocks: number
  /** The same in seconds past the head's timestamp. */
  readonly reachSeconds: number
  /** Most transactions signed for one intent and block. */
  readonly maxAttemptsPerBlock?: number
  readonly dryRun: boolean
  readonly nowMs?: () => number
}

/** Where an opportunity goes: a new intent on a free nonce, or the intent in flight that shares a position with it. */
export type Place =
  { readonly kind: 'new'; readonly nonce: number } | { readonly kind: 'refresh'; readonly tracked: TrackedIntent }

export interface SignedAttempt {
  readonly intent: IntentRecord
  readonly attempt: AttemptRecord
  readonly raw: Hex
  readonly isNew: boolean
}

/** True when any attempt of the intent is for one of these positions. */
const isFor = ({ attempts }: TrackedIntent, places: ReadonlySet<string>): boolean =>
  attempts.some((attempt) => positionsOf(attempt.opportunity.legs).some((place) => places.has(place)))

/**
 * One operator key, one nonce at a time.
 * 1. A new intent takes the operator's next nonce on chain, and only when no other intent may still land.
 * 2. Nonce n+1 is never signed while a transaction of nonce n may still land.
 * 3. An opportunity that shares a position with the intent in flight refreshes it: same nonce, fresh amounts and fees.
 * 4. Every transaction is in the journal before anybody else can see it.
 * 5. A nonce becomes free before its deadline only when no transaction that was signed with it ever left the process.
 */
export class Lane {
  /** Next free nonce by the newest facts; null until they were read once. */
  private nextNonce: number | null = null
  private open: readonly TrackedIntent[] = []
  /** End of the time in which a transaction that a machine crash made us forget may still land. */
  private quarantine: Deadline = NO_QUARANTINE

  readonly terms: Terms

  constructor(readonly options: LaneOptions) {
    this.terms = new Terms(options)
  }

  /** Takes over what the chain said: the operator's intents that may still land, and its nonce at `head`. */
  settle(head: Head, nonce: number, mayStillLand: readonly TrackedIntent[]): void {
    const { journal } = this.options
    if (this.nextNonce === null) this.quarantine = quarantineAfter(head, journal.quarantineBlocks, this.options)
    else if (journal.quarantineBlocks > 0 && !this.isQuarantined(head)) journal.endQuarantine()
    this.nextNonce = nonce
    this.open = mayStillLand
  }

  /** False where the contract may see another chain's block numbers (rollups): there only the time of a deadline counts. */
  get numbersAreOurs(): boolean {
    return this.options.submission === 'bundle'
  }

  /** Intents of which a transaction can still be mined. */
  inFlight(): readonly TrackedIntent[] {
    return this.open
  }

  get operator(): Address {
    return this.options.key.address
  }

  /**
   * True when some intent that may still land behind `head` is for one of these positions (`market/position`). One whose
   * deadline is over at it holds nothing, also before it is known what became of it.
   */
  holds(places: ReadonlySet<string>, head: Head): boolean {
    return this.open.some(
      (tracked) => isFor(tracked, places) && !isOver(deadlineOf(tracked), head, this.numbersAreOurs),
    )
  }

  /** Rules 1 to 3. No I/O. */
  place(opportunity: Opportunity, head: Head): Place | Refusal {
    if (this.options.dryRun) return { kind: 'new', nonce: 0 }
    if (this.nextNonce === null) return refuse('lane-busy', "the operator's nonce has not been read from the chain yet")
    if (this.isQuarantined(head)) {
      const { block, time } = this.quarantine
      const detail = `the machine ended without a clean stop: nothing is signed before block ${block} (time ${time})`
      return refuse('lane-busy', detail, String(block))
    }
    const [first, ...others] = [...this.open].sort((a, b) => a.intent.nonce - b.intent.nonce)
    if (first === undefined) return { kind: 'new', nonce: this.nextNonce }
    if (isFor(first, new Set(positionsOf(opportunity.legs)))) return { kind: 'refresh', tracked: first }
    const detail = `nonce ${first.intent.nonce} is in flight for ${first.attempts.length} attempts, ${others.length} more wait`
    return refuse('lane-busy', detail, String(first.intent.nonce))
  }

  /**
   * Signs (never in a dry run) and journals (rule 4). Null when this very transaction was signed for this block before, when
   * the block has its share of attempts, or when the intent ended meanwhile.
   * Throws `KeeperError('bad-deadline')` for a deadline that is past or beyond the lane's reach, `journal-write` when the
   * journal cannot be written: nothing may be sent then.
   */
  sign(
    placement: Place,
    opportunity: Opportunity,
    head: Head,
    calldata: Hex,
    gas: { readonly limit: bigint; readonly fees: Fees },
    relays: readonly string[],
  ): SignedAttempt | null {
    const { key, chainId, executor, dryRun } = this.options
    const { deadlineBlock, deadlineTime } = opportunity.order
    checkReach({ block: deadlineBlock, time: deadlineTime }, head, this.options)
    const intent = placement.kind === 'refresh' ? placement.tracked.intent : this.newIntent(placement.nonce)
    const fields = {
      chainId,
      nonce: intent.nonce,
      to: opportunity.call?.to ?? executor,
      data: calldata,
      gasLimit: gas.limit,
      ...gas.fees,
    }
    const { raw, hash } = dryRun ? unsigned(fields) : key.sign(fields)
    const earlier = placement.kind === 'refresh' ? placement.tracked.attempts : []
    // a head may have been settled since it was placed
    if (!this.isStillRight(placement) || this.isRepeated(earlier, hash, head)) return null
    const attempt: AttemptRecord = {
      intentId: intent.id,
      transactionHash: hash,
      targetBlock: head.number + 1,
      deadlineBlock,
      deadlineTime,
      ...gas.fees,
      gasLimit: gas.limit,
      relays: dryRun ? [] : relays,
      sentAtMs: this.now(),
      opportunity: recordOf(opportunity),
      ...(opportunity.behind === undefined ? {} : { behind: behindRecordOf(opportunity.behind) }),
    }
    const isNew = placement.kind === 'new'
    this.write(intent, attempt, isNew)
    return { intent, attempt, raw, isNew }
  }

  /**
   * Closes an intent of which no transaction ever left the process: its nonce is free for another (rule 5). The caller
   * vouches for that; in doubt the deadlines decide.
   */
  release({ intent }: TrackedIntent, why: string): OutcomeRecord {
    const outcome = { kind: 'refused' as const, refusal: refuse('no-private-path', why) }
    const record = { intentId: intent.id, outcome, transactionHash: null, closed: true, atMs: this.now() }
    this.options.journal.append([{ kind: 'outcome', outcome: record }])
    this.open = this.open.filter((one) => one.intent.id !== intent.id)
    return record
  }

  private isQuarantined(head: Head): boolean {
    return !isOver(this.quarantine, head, this.numbersAreOurs)
  }

  private isStillRight(placement: Place): boolean {
    if (this.options.dryRun) return true
    if (placement.kind === 'new') return this.open.length === 0 && this.nextNonce === placement.nonce
    return this.open.some((one) => one.intent.id === placement.tracked.intent.id)
  }

  private write(intent: IntentRecord, attempt: AttemptRecord, isNew: boolean): void {
    const { journal, dryRun } = this.options
    const entries: JournalEntry[] = isNew ? [{ kind: 'intent', intent }] : []
    entries.push({ kind: 'attempt', attempt })
    if (dryRun) {
      const refusal = refuse('dry-run', `would have earned ${attempt.opportunity.netWei} wei`)
      const outcome = { kind: 'refused' as const, refusal }
      const record = { intentId: intent.id, outcome, transactionHash: null, closed: true, atMs: this.now() }
      entries.push({ kind: 'outcome', outcome: record })
    }
    journal.append(entries)
    if (dryRun) return
    const tracked = journal.state.open.get(intent.id)
    if (tracked !== undefined) this.open = [...this.open.filter((one) => one.intent.id !== intent.id), tracked]
  }

  private isRepeated(earlier: readonly AttemptRecord[], hash: Hex, head: Head): boolean {
    const forThisBlock = earlier.filter((attempt) => attempt.targetBlock === head.number + 1)
    const limit = this.options.maxAttemptsPerBlock ?? 32
    return forThisBlock.length >= limit || forThisBlock.some((attempt) => attempt.transactionHash === hash)
  }

  private newIntent(nonce: number): IntentRecord {
    const { chainId, key, dryRun } = this.options
    const replacementUuid = randomUUID()
    const id = `${chainId}-${nonce}-${replacementUuid.slice(0, 8)}`
    return { id, chainId, operator: key.address, nonce, replacementUuid, dryRun, createdAtMs: this.now() }
  }

  private now(): number {
    return (this.options.nowMs ?? Date.now)()
  }
}
