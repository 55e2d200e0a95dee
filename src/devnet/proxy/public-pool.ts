import type { Address } from '../../domain/chain.js'
import type { SignedTransaction } from './decoded.js'
import { Gate } from './gate.js'
import { RpcFault } from './json-rpc.js'

/** One public sending, accepted or not: what leaked is known from here alone. */
export interface PublicRecord {
  /** Unix milliseconds. */
  readonly time: number
  readonly method: string
  readonly from: Address | null
  readonly nonce: number | null
  readonly hash: string | null
  readonly to: Address | null
  readonly accepted: boolean
}

type Listener = (transaction: SignedTransaction) => void

/**
 * The public mempool of the local chain: what was sent openly and waits for a block, in the order of arrival. Anvil's
 * own pool is empty except inside block production, which holds `production` for writing.
 */
export class PublicPool {
  readonly production = new Gate()
  readonly #waiting = new Map<string, SignedTransaction>()
  readonly #records: PublicRecord[] = []
  readonly #listeners = new Set<Listener>()

  /**
   * Takes a transaction. One with the sender and nonce of a waiting one replaces it if both its fees are a tenth higher.
   * Throws `RpcFault` -32000 otherwise, and for one already here.
   */
  add(transaction: SignedTransaction): void {
    if (this.#waiting.has(transaction.hash)) throw new RpcFault(-32000, 'already known')
    const rival = this.list().find(({ from, nonce }) => from === transaction.from && nonce === transaction.nonce)
    if (rival) {
      const enough = (now: bigint, then: bigint): boolean => now * 10n >= then * 11n
      if (
        !enough(transaction.maxFeePerGas, rival.maxFeePerGas) ||
        !enough(transaction.maxPriorityFeePerGas, rival.maxPriorityFeePerGas)
      )
        throw new RpcFault(-32000, 'replacement transaction underpriced')
      this.#waiting.delete(rival.hash)
    }
    this.#waiting.set(transaction.hash, transaction)
    for (const listener of [...this.#listeners]) listener(transaction)
  }

  record(entry: PublicRecord): void {
    this.#records.push(entry)
  }

  records(): readonly PublicRecord[] {
    return [...this.#records]
  }

  list(): SignedTransaction[] {
    return [...this.#waiting.values()]
  }

  get(hash: string): SignedTransaction | undefined {
    return this.#waiting.get(hash.toLowerCase())
  }

  remove(hashes: Iterable<string>): void {
    for (const hash of hashes) this.#waiting.delete(hash)
  }

  /** The nonce after all waiting transactions that follow `latest` without a gap. */
  pendingNonce(from: Address, latest: number): number {
    const nonces = new Set(
      this.list()
        .filter((transaction) => transaction.from === from)
        .map(({ nonce }) => nonce),
    )
    let next = latest
    while (nonces.has(next)) next++
    return next
  }

  /** Calls back for every accepted transaction until the returned function is called. */
  onAdded(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
