import type { Hex } from '../../domain/chain.js'

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

/** Signed transactions, in order, for exactly one block. */
export interface Bundle {
  readonly transactions: readonly Hex[]
  readonly targetBlock: number
  /** Names the intent towards relays that document replacement; others never see it. */
  readonly replacementUuid: string
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
  submit(bundle: Bundle): Promise<RelayResult>
  simulate?(bundle: Bundle, stateBlock: number): Promise<BundleSimulation | RelayResult>
  cancel?(replacementUuid: string): Promise<RelayResult>
}
