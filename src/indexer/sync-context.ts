import type { ChainReader } from '../chain/reader.js'
import type { RpcClient } from '../chain/rpc-client.js'
import type { Logger, Metrics } from '../domain/ports.js'

export interface MarketContext {
  readonly rpc: RpcClient
  readonly reader: ChainReader
  readonly logger: Logger
  readonly metrics: Metrics
  /** Replay every log since the deploy block instead of a snapshot. */
  readonly fromGenesis: boolean
  /** Write no checkpoint on the way. */
  readonly readOnly?: boolean
  /** Least time between two checkpoints of a long read. */
  readonly saveEveryMs?: number
  readonly progress: (progress: SyncProgress) => void
}

export interface SyncProgress {
  readonly market: string
  /** `borrowers`: blocks that were searched for whom a snapshot must read; `snapshot`: its requests; `logs`: blocks. */
  readonly step: 'borrowers' | 'snapshot' | 'logs'
  readonly done: number
  readonly of: number
  /** Logs that were reduced on the way. */
  readonly logs?: number
}
