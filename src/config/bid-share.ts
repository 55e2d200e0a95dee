import type { ChainConfig } from './market-file.js'
import type { Settings } from './settings.js'

/** Share of the gain that is bid, basis points: BID_BPS, where it is set, else what the market file names for the chain. */
export const bidShareOf = (settings: Pick<Settings, 'bidBps'>, chain: Pick<ChainConfig, 'bidBps'>): number =>
  settings.bidBps ?? chain.bidBps
