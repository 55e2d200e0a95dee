import type { AuditDuty } from './audit-duty.js'
import type { MarketIndexer } from './market-indexer.js'

/** A market that the chain's indexer brings along. */
export interface Followed {
  readonly indexer: MarketIndexer
  /** Null where the audit is switched off. */
  audit: AuditDuty | null
  /** False while it is read anew in the background; the other markets go on. */
  joined: boolean
  snapshotAtMs: number
}
