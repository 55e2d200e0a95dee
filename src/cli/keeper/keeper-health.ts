import type { Head } from '../../domain/chain.js'
import type { ChainIndexer } from '../../indexer/chain-indexer.js'
import { healthOf, type HealthReport } from '../../ops/health.js'
import type { ChainAccess } from '../chain-access.js'
import type { Start } from '../start-checks.js'
import type { BlockLoop } from './block-loop.js'
import type { HeadFeed } from './head-feed.js'
import type { Sending } from './sending.js'

/** The parts of a keeper that its health is told by. */
export interface KeeperParts {
  readonly start: Pick<Start, 'dryRun'>
  readonly access: ChainAccess
  readonly feed: HeadFeed
  readonly indexer: ChainIndexer
  readonly loop: Pick<BlockLoop, 'done'>
  /** Null while the keeper starts. */
  readonly sending: Sending | null
  /** The newest head, null before the first. */
  readonly head: Head | null
  /** News of a price is being worked on. */
  readonly hearing: boolean
  readonly startedAtMs: number
}

/** What `/healthz` says of this keeper now. */
export function keeperHealth(parts: KeeperParts): HealthReport {
  const { start, access, feed, indexer, loop, sending, head, hearing, startedAtMs } = parts
  const staleness = indexer.staleness()
  const standing = sending?.gate.standing(Date.now())
  const facts = {
    mode: start.dryRun ? 'dry-run' : 'sending',
    inFlight: sending?.submitter.inFlight().length ?? 0,
    endpoint: access.rpc.current,
    audit: indexer.auditNotes().join('; ') || 'agrees',
    hearing,
  }
  const doubts = [feed.quorum.note, indexer.priceNote()].filter((doubt) => doubt !== null)
  return healthOf(
    {
      nowMs: Date.now(),
      startedAtMs,
      headNumber: head?.number ?? null,
      headAgeMs: staleness.ageMs,
      headProblem: staleness.reason,
      scannedAtMs: loop.done?.atMs ?? null,
      scannedBlock: loop.done?.number ?? null,
      maxScanGapMs: feed.maxHeadAgeMs,
    },
    { problems: [...(standing?.tripped ?? []), ...doubts], facts },
  )
}
