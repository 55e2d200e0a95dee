import { headAgeLimitMs } from '../../chain/head-age.js'
import { HeadQuorum } from '../../chain/head-quorum.js'
import { HeadFollower } from '../../chain/heads.js'
import type { Settings } from '../../config/settings.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import type { ChainAccess } from '../chain-access.js'
import { maxHeadAgeMsOf } from './head-age.js'

export interface HeadFeed {
  readonly heads: HeadFollower
  readonly quorum: HeadQuorum
  readonly maxHeadAgeMs: number
}

/** Where heads come from, and whether the endpoints agree on them. */
export function headFeed(settings: Settings, { rpc, file }: ChainAccess, logger: Logger, metrics: Metrics): HeadFeed {
  const { id: chainId, blockTimeSeconds, clock } = file.chain
  const maxHeadAgeMs = maxHeadAgeMsOf(settings, file.chain)
  const lagMs = headAgeLimitMs(chainId, blockTimeSeconds)
  const quorum = new HeadQuorum({ rpc, needed: settings.headQuorum, lagMs, logger, metrics })
  const mayRunAhead = clock === 'own'
  const options = { chainId, blockTimeSeconds, mayRunAhead, quorum, ageLimitMs: maxHeadAgeMs, logger, metrics }
  return { heads: new HeadFollower(rpc, options), quorum, maxHeadAgeMs }
}
