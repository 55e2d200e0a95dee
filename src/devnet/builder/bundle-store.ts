import type { Address } from '../../domain/chain.js'
import type { Reorg } from './reorg.js'
import type { BundleOutcome, BundleRecord, DropReason, Submission } from './submission.js'

interface Entry {
  readonly submission: Submission
  outcome: BundleOutcome
  simulated: BundleRecord['simulated']
}

const MEMORY_LIMIT = 10_000

/** All bundles the relays accepted and what became of them; the oldest settled ones are forgotten beyond 10,000. */
export class BundleStore {
  readonly #entries = new Map<number, Entry>()
  #id = 0

  nextId(): number {
    return ++this.#id
  }

  /**
   * A newer bundle with the same uuid from the same signer at the same relay takes the older one's place, unless its
   * sequence number is lower: then it arrived out of order and is the one that goes. Returns whether the relay had the
   * same transactions waiting already.
   */
  add(submission: Submission, head: number): boolean {
    const { id, relay, replacementUuid, signer, sequence, bundleHash } = submission
    const waiting = this.#pending().filter((entry) => entry.submission.relay === relay)
    const later = waiting.some(
      ({ submission: other }) =>
        other.replacementUuid !== null &&
        other.replacementUuid === replacementUuid &&
        other.signer === signer &&
        other.sequence > sequence,
    )
    if (replacementUuid !== null && !later) this.#end(relay, replacementUuid, signer, 'replaced', head)
    const outcome: BundleOutcome = later
      ? dropped('replaced', 'a bundle with a higher sequence number came before it', head + 1)
      : { kind: 'pending' }
    this.#entries.set(id, { submission, outcome, simulated: null })
    this.#forget()
    return waiting.some((entry) => entry.submission.bundleHash === bundleHash)
  }

  /** Hashes of the bundles that will not be considered from now on. */
  cancel(relay: string, uuid: string, signer: Address | null, head: number): string[] {
    return this.#end(relay, uuid, signer, 'cancelled', head)
  }

  /** The same for one bundle by its hash. */
  cancelHash(relay: string, bundleHash: string, signer: Address | null, head: number): string[] {
    const same = this.#pending().filter(
      ({ submission }) =>
        submission.relay === relay && submission.bundleHash === bundleHash && submission.signer === signer,
    )
    for (const entry of same) entry.outcome = dropped('cancelled', 'cancelled by its sender', head + 1)
    return same.map(({ submission }) => submission.bundleHash)
  }

  cancelTransaction(relay: string, hash: string, signer: Address | null, head: number): boolean {
    const entry = this.#pending().find(
      ({ submission }) =>
        submission.relay === relay &&
        submission.signer === signer &&
        submission.method !== 'eth_sendBundle' &&
        submission.transactions[0]?.hash === hash,
    )
    if (entry) entry.outcome = dropped('cancelled', 'cancelled by its sender', head + 1)
    return entry !== undefined
  }

  pending(): Submission[] {
    return this.#pending().map(({ submission }) => submission)
  }

  simulated(id: number, paidWei: bigint, gasUsed: bigint): void {
    const entry = this.#entries.get(id)
    if (entry) entry.simulated = { paidWei, gasUsed, atMs: Date.now() }
  }

  settle(id: number, outcome: BundleOutcome): void {
    const entry = this.#entries.get(id)
    if (entry) entry.outcome = outcome
  }

  /** A bundle that failed in this block; one that is valid for later blocks too (a private transaction) goes on waiting. */
  settleFailure(id: number, reason: DropReason, detail: string, blockNumber: number): void {
    const entry = this.#entries.get(id)
    if (!entry || (entry.submission.lastBlock > blockNumber && reason !== 'nonce')) return
    entry.outcome = dropped(reason, detail, blockNumber)
  }

  /** Bundles of orphaned blocks are no longer landed, or landed elsewhere when the new chain has all of their transactions. */
  reorg({ orphaned, blocks }: Reorg): void {
    const gone = new Set(orphaned.map(({ hash }) => hash))
    for (const entry of this.#entries.values()) {
      const { outcome, submission } = entry
      if (outcome.kind !== 'landed' || !gone.has(outcome.blockHash)) continue
      const hashes = submission.transactions.map(({ hash }) => hash)
      const home = blocks.find(({ transactions }) => hashes.every((hash) => transactions.includes(hash)))
      const { blockNumber, blockHash } = outcome
      entry.outcome = home
        ? {
            ...outcome,
            blockNumber: home.number,
            blockHash: home.hash,
            index: home.transactions.indexOf(hashes[0] ?? ''),
          }
        : { kind: 'reorged', blockNumber, blockHash }
    }
  }

  records(): BundleRecord[] {
    return [...this.#entries.values()].map(record)
  }

  find(relay: string, bundleHash: string): BundleRecord[] {
    return this.records().filter((known) => known.relay === relay && known.bundleHash === bundleHash)
  }

  #pending(): Entry[] {
    return [...this.#entries.values()].filter(({ outcome }) => outcome.kind === 'pending')
  }

  #end(relay: string, uuid: string, signer: Address | null, reason: DropReason, head: number): string[] {
    const same = this.#pending().filter(
      ({ submission }) =>
        submission.relay === relay && submission.replacementUuid === uuid && submission.signer === signer,
    )
    for (const entry of same) entry.outcome = dropped(reason, `${reason} by its sender`, head + 1)
    return same.map(({ submission }) => submission.bundleHash)
  }

  #forget(): void {
    for (const [id, { outcome }] of this.#entries) {
      if (this.#entries.size <= MEMORY_LIMIT) return
      if (outcome.kind !== 'pending') this.#entries.delete(id)
    }
  }
}

export const dropped = (reason: DropReason, detail: string, blockNumber: number): BundleOutcome => ({
  kind: 'dropped',
  reason,
  detail,
  blockNumber,
})

const record = ({ submission, outcome, simulated }: Entry): BundleRecord => ({
  id: submission.id,
  relay: submission.relay,
  method: submission.method,
  signer: submission.signer,
  bundleHash: submission.bundleHash,
  transactionHashes: submission.transactions.map(({ hash }) => hash),
  firstBlock: submission.firstBlock,
  lastBlock: submission.lastBlock,
  replacementUuid: submission.replacementUuid,
  receivedAtMs: submission.receivedAtMs,
  simulated,
  outcome,
})
