import { concat, keccak256 } from 'ethers'
import type { SignedTransaction } from '../../proxy/decoded.js'

/** What the owner of a hidden transaction lets others see of it; its hash they always see. */
export type HintKind = 'contract_address' | 'function_selector' | 'calldata'

/** What Chainlink shows of an SVR report. */
export const SVR_HINTS: readonly HintKind[] = ['contract_address', 'function_selector', 'calldata']

/** A transaction, or several in nonce order, that nobody sees before they land; others may only bid to follow them. */
export interface Hidden {
  /** keccak256 of the transaction's hash, or of keccak256 over several hashes: what the world calls it. */
  readonly hash: string
  readonly transactions: readonly SignedTransaction[]
  readonly hints: readonly HintKind[]
  /** The head when it came. */
  readonly block: number
  /** The last block it may land in. */
  readonly lastBlock: number
  /** Share of a follower's payment to the builder that goes to the sender of the last transaction. */
  readonly refundPercent: bigint
  readonly receivedAtMs: number
}

/** What everybody hears of a hidden transaction, as MEV-Share's stream writes it. */
export interface HintEvent {
  readonly hash: string
  readonly logs: null
  readonly txs: readonly { readonly to?: string; readonly functionSelector?: string; readonly callData?: string }[]
}

export const REFUND_PERCENT = 90n
const HIDDEN_BLOCKS = 25
const MOST_REMEMBERED = 1_000

/** Hidden transactions that wait, and the hints given of them so far. */
export class HiddenPool {
  readonly #waiting = new Map<string, Hidden>()
  readonly #given: { readonly hidden: Hidden; readonly event: HintEvent }[] = []
  readonly #listeners = new Set<(event: HintEvent) => void>()

  /** Takes it and tells of it. One that is known already stays as it is. */
  add(
    transactions: readonly SignedTransaction[],
    head: number,
    { hints = SVR_HINTS, refundPercent = REFUND_PERCENT }: Partial<Pick<Hidden, 'hints' | 'refundPercent'>> = {},
  ): Hidden {
    const hash = hiddenHash(transactions)
    const known = this.#waiting.get(hash)
    if (known) return known
    const times = { block: head, lastBlock: head + HIDDEN_BLOCKS, receivedAtMs: Date.now() }
    const hidden: Hidden = { hash, transactions, hints, refundPercent, ...times }
    this.#waiting.set(hash, hidden)
    const event = hintOf(hidden)
    this.#given.push({ hidden, event })
    if (this.#given.length > MOST_REMEMBERED) this.#given.shift()
    for (const listener of [...this.#listeners]) listener(event)
    return hidden
  }

  list(): Hidden[] {
    return [...this.#waiting.values()]
  }

  get(hash: string): Hidden | undefined {
    return this.#waiting.get(hash.toLowerCase())
  }

  /** Whether one of the waiting transactions has this hash itself, which nobody outside can know. */
  hasTransaction(hash: string): boolean {
    return this.list().some(({ transactions }) => transactions.some((one) => one.hash === hash.toLowerCase()))
  }

  remove(hashes: Iterable<string>): void {
    for (const hash of hashes) this.#waiting.delete(hash)
  }

  given(): readonly { readonly hidden: Hidden; readonly event: HintEvent }[] {
    return [...this.#given]
  }

  onHint(listener: (event: HintEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** A single transaction's hash hashed once more; of several, the hash of their concatenated hashes hashed once more. */
export function hiddenHash(transactions: readonly SignedTransaction[]): string {
  const [first, second] = transactions
  const hash = first && !second ? first.hash : keccak256(concat(transactions.map((one) => one.hash)))
  return keccak256(hash)
}

function hintOf({ hash, transactions, hints }: Hidden): HintEvent {
  const shows = new Set(hints)
  const txs = transactions.map(({ to, data }) => ({
    ...(shows.has('contract_address') && to !== null ? { to } : {}),
    ...(shows.has('function_selector') && data.length >= 10 ? { functionSelector: data.slice(0, 10) } : {}),
    ...(shows.has('calldata') ? { callData: data } : {}),
  }))
  return { hash, logs: null, txs }
}
