import { headAgeLimitMs } from '../../chain/head-age.js'
import type { ChainConfig } from '../../config/market-file.js'
import type { Settings } from '../../config/settings.js'

/** From which age a head is stale: MAX_HEAD_AGE_SECONDS, else what suits the chain's pace. One figure for feed and gate. */
export const maxHeadAgeMsOf = (settings: Pick<Settings, 'maxHeadAgeSeconds'>, chain: ChainConfig): number =>
  settings.maxHeadAgeSeconds === null
    ? headAgeLimitMs(chain.id, chain.blockTimeSeconds)
    : settings.maxHeadAgeSeconds * 1000
