import type { BlockLogs } from '../chain/block-logs.js'
import { JoinedReader } from '../chain/joined-reader.js'
import type { ChainReader } from '../chain/reader.js'
import type { RpcClient } from '../chain/rpc-client.js'
import type { Market, PositionId } from '../domain/market.js'
import type { Logger, Metrics } from '../domain/ports.js'
import type { LiquidationStrategy } from '../domain/strategy.js'
import { AuditAlarm } from './audit-alarm.js'
import { AuditDuty, type DutyHost } from './audit-duty.js'
import { Audit, type AuditOptions } from './audit.js'
import { CheckpointStore } from './checkpoint.js'
import type { Followed } from './followed.js'
import { MarketIndexer } from './market-indexer.js'
import type { SyncProgress } from './sync-context.js'

export interface FollowOptions {
  readonly rpc: RpcClient
  readonly reader: ChainReader
  /** Where checkpoints are; null reads and writes none. */
  readonly dataDir: string | null
  /** Read checkpoints, write none: for commands beside a running keeper. */
  readonly readOnly?: boolean
  readonly fromGenesis?: boolean
  /** Null switches the audit off. */
  readonly audit: AuditOptions | null
  readonly logger: Logger
  readonly metrics: Metrics
  readonly progress?: (progress: SyncProgress) => void
}

/** What the audit of a market needs of the chain's indexer. */
export interface FollowHost extends Pick<DutyHost, 'settled' | 'isCanonical' | 'stillThere' | 'ended'> {
  repair(one: Followed, positions: readonly PositionId[], again: boolean): void
}

const DIFFERENCES_PER_HOUR = 3

/** One market with its checkpoints and its audit; nothing is read yet. */
export function followMarket(
  market: Market,
  strategy: LiquidationStrategy,
  logs: BlockLogs,
  options: FollowOptions,
  host: FollowHost,
): Followed {
  const { rpc, reader, logger, metrics, dataDir, audit, fromGenesis = false, readOnly = false } = options
  const progress = options.progress ?? ((): undefined => undefined)
  const store = dataDir === null ? null : new CheckpointStore(dataDir, market, logger)
  const context = { rpc, reader, logs, logger, metrics, fromGenesis, readOnly, progress }
  const one: Followed = {
    indexer: new MarketIndexer(market, strategy, store, context),
    ...{ audit: null, joined: false, snapshotAtMs: 0 },
  }
  if (audit === null) return one
  const maxPerHour = audit.maxPerHour ?? DIFFERENCES_PER_HOUR
  const alarm = new AuditAlarm({ market: market.id, maxPerHour, logger, metrics })
  const duty = new AuditDuty(new Audit(market.id, audit, logger, metrics), alarm, {
    ...host,
    replica: () => (one.joined ? one.indexer.replicaOrNull : null),
    readerAt: (block) => new JoinedReader(reader.elsewhere().pinnedTo(block)),
    repair: (positions, again) => {
      host.repair(one, positions, again)
    },
  })
  return Object.assign(one, { audit: duty })
}
