import type { Address } from '../../domain/chain.js'
import type { SignedTransaction } from '../proxy/decoded.js'
import type { Hidden } from './mev-share/hidden-pool.js'

/** Why a bundle is not on chain. Stable words: tests and reports group by them. */
export type DropReason =
  | 'reverted'
  | 'outbid'
  | 'nonce'
  | 'wrong-block'
  | 'timestamp'
  | 'underpriced'
  | 'lower-inserted-value'
  | 'block-full'
  | 'invalid'
  | 'cancelled'
  | 'replaced'
  | 'local-block'
  | 'other-builder'
  | 'accepted-and-dropped'
  | 'builder-error'

export type BundleOutcome =
  | { readonly kind: 'pending' }
  | { readonly kind: 'dropped'; readonly reason: DropReason; readonly detail: string; readonly blockNumber: number }
  | Landed
  | { readonly kind: 'reorged'; readonly blockNumber: number; readonly blockHash: string }

export interface Landed {
  readonly kind: 'landed'
  readonly blockNumber: number
  readonly blockHash: string
  /** Index of its first transaction in the block; of a backrun, of the one that follows. */
  readonly index: number
  /** Gain of the coinbase in wei, before a refund. */
  readonly paidWei: bigint
  /** What of it a backrun gave back to the sender of what it follows; zero for other bundles. */
  readonly refundWei: bigint
  readonly gasUsed: bigint
}

/** A bundle as one relay accepted it. */
export interface Submission {
  readonly id: number
  readonly relay: string
  readonly method: string
  readonly signer: Address | null
  readonly bundleHash: string
  readonly transactions: readonly SignedTransaction[]
  /** Of a backrun: the hidden transaction that it follows, and that its transactions begin with. */
  readonly behind: Hidden | null
  readonly firstBlock: number
  readonly lastBlock: number
  /** Unix seconds, inclusive; zero where not given. */
  readonly minTimestamp: number
  readonly maxTimestamp: number
  readonly mayRevert: ReadonlySet<string>
  readonly mayDrop: ReadonlySet<string>
  readonly replacementUuid: string | null
  /** Of replacements with one uuid the highest counts, whatever arrives last; zero where not given. */
  readonly sequence: number
  readonly receivedAtMs: number
  /** Set by a fault: the relay answered as if all were well and will never build with it. */
  readonly ignored: boolean
}

/** What the outside may know of a submission. */
export interface BundleRecord {
  readonly id: number
  readonly relay: string
  readonly method: string
  readonly signer: Address | null
  readonly bundleHash: string
  readonly transactionHashes: readonly string[]
  readonly firstBlock: number
  readonly lastBlock: number
  readonly replacementUuid: string | null
  readonly receivedAtMs: number
  /** The last simulation at the top of a block, in wei and gas. */
  readonly simulated: { readonly paidWei: bigint; readonly gasUsed: bigint; readonly atMs: number } | null
  readonly outcome: BundleOutcome
}
