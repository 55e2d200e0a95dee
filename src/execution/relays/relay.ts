import type { Hex } from '../../domain/chain.js'
import type { Behind } from '../../domain/opportunity.js'

/**
 * What a relay made of a request. `unknown` (deadline, reset, unreadable answer, wrong id) means *possibly accepted*: the
 * nonce stays reserved and the transaction is tracked as if it had been accepted. `unsent`: it is certain that not one byte
 * of the request left this process.
 */
export type RelayResult =
  | { readonly kind: 'accepted'; readonly hash?: string }
  | { readonly kind: 'rejected'; readonly code?: number; readonly message: string }
  | { readonly kind: 'rateLimited'; readonly retryAfterMs?: number; readonly unsent?: true }
  | { readonly kind: 'unknown'; readonly why: string; readonly unsent?: true }

/** An order-flow auction that shows transactions by hints. */
export type Auction = Extract<Behind, { kind: 'hint' }>['auction']

/** Somebody's transaction that a bundle must follow, as its auction names it. */
export interface Hint {
  readonly auction: Auction
  readonly id: Hex
  /** Last block for which the bundle may be taken; the first is the bundle's target. */
  readonly lastBlock: number
}

/** Signed transactions, in order, for exactly one block. */
export interface Bundle {
  readonly transactions: readonly Hex[]
  readonly targetBlock: number
  /** Names what newer bundles replace, towards relays that document replacement; others never see it. */
  readonly replacementUuid: string
  /** Unix seconds after which it is pointless, towards relays that document it; the order itself ends then in any case. */
  readonly maxTimestamp?: number
  /** With it the bundle goes to relays of that auction alone. */
  readonly hint?: Hint
}

/** What `eth_callBundle` said of a bundle that could be simulated; `revert` is null when nothing reverted. */
export interface BundleSimulation {
  readonly gasUsed: bigint
  readonly coinbaseWei: bigint
  readonly revert: { readonly reason: string; readonly data: Hex } | null
}

/** One private way to a block producer. No method throws or rejects: every fault is a result. */
export interface Relay {
  /** The host, which is all of the URL that logs, metrics and the journal may show. */
  readonly name: string
  /** Auctions whose hints it takes; absent: none. */
  readonly auctions?: readonly Auction[]
  /** `requestId`: the same for all relays asked at once, so that equal bodies are equal to the byte. */
  submit(bundle: Bundle, requestId?: number): Promise<RelayResult>
  simulate?(bundle: Bundle, stateBlock: number): Promise<BundleSimulation | RelayResult>
  cancel?(replacementUuid: string): Promise<RelayResult>
  /** Makes the next `submit` find an open connection. */
  warm?(): void
}

/** Whether a relay may see this bundle at all: what follows a hint goes to its auction and to nobody else. */
export const takes = ({ auctions = [] }: Pick<Relay, 'auctions'>, { hint }: Bundle): boolean =>
  hint === undefined || auctions.includes(hint.auction)
