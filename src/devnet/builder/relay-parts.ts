import { concat, keccak256 } from 'ethers'
import type { Address } from '../../domain/chain.js'
import type { SignedTransaction } from '../proxy/decoded.js'
import type { PublicPool } from '../proxy/public-pool.js'
import type { Upstream } from '../proxy/upstream.js'
import type { BundleStore } from './bundle-store.js'
import type { HiddenPool } from './mev-share/hidden-pool.js'
import type { Personality } from './personality.js'
import type { Submission } from './submission.js'

export interface RelayParts {
  readonly relay: string
  readonly personality: Personality
  readonly upstream: Upstream
  readonly pool: PublicPool
  readonly store: BundleStore
  readonly hidden: HiddenPool
  /** How many blocks ahead a bundle may aim. */
  readonly maxBlocksAhead: number
  readonly count: (event: string) => void
}

export interface Caller {
  readonly signer: Address | null
  readonly method: string
  /** A fault: accept, and never build with it. */
  readonly ignored: boolean
  /** A fault: say that it is cancelled, and go on building with it. */
  readonly cancelLate: boolean
}

/** keccak256 of the concatenated transaction hashes. */
export const hashOf = (transactions: readonly SignedTransaction[]): string =>
  keccak256(concat(transactions.map(({ hash }) => hash)))

/** The part of a submission that says whose it is. */
export const identity = (
  { store, relay }: RelayParts,
  { method, signer, ignored }: Caller,
  transactions: readonly SignedTransaction[],
): Pick<Submission, 'id' | 'relay' | 'method' | 'signer' | 'ignored' | 'transactions' | 'bundleHash' | 'behind'> => ({
  id: store.nextId(),
  relay,
  method,
  signer,
  ignored,
  transactions,
  bundleHash: hashOf(transactions),
  behind: null,
})
