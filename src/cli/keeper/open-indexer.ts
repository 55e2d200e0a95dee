import type { HeadFollower } from '../../chain/heads.js'
import type { Settings } from '../../config/settings.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import type { AuditOptions } from '../../indexer/audit.js'
import { ChainIndexer, type MarketUpdate } from '../../indexer/chain-indexer.js'
import type { SyncProgress } from '../../indexer/sync-context.js'
import type { ChainAccess } from '../chain-access.js'
import type { Start } from '../start-checks.js'

/** Most candidates of a block that its audit compares with the contract, beside those by turns: what fits one batch. */
const AUDITED_CANDIDATES = 480

export interface IndexingOptions {
  readonly settings: Settings
  readonly access: ChainAccess
  readonly start: Start
  readonly fromGenesis: boolean
  readonly progress: (progress: SyncProgress) => void
  readonly logger: Logger
  readonly metrics: Metrics
}

/** The indexer of all markets of the start, as the settings have it audited. */
export function openIndexer(
  { settings, access, start, fromGenesis, progress, logger, metrics }: IndexingOptions,
  heads: HeadFollower,
  onUpdate: (update: MarketUpdate) => void,
): ChainIndexer {
  const { rpc, reader } = access
  const { markets } = start
  const { dataDir } = settings
  const audit = auditOf(settings)
  const options = { rpc, reader, heads, markets, dataDir, fromGenesis, audit, logger, metrics, progress }
  return new ChainIndexer(options, onUpdate)
}

const auditOf = ({ auditSample, auditMaxDifferences }: Settings): AuditOptions | null =>
  auditSample === 0 ? null : { sample: auditSample, candidates: AUDITED_CANDIDATES, maxPerHour: auditMaxDifferences }
