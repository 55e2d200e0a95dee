import type { ChainConfig } from '../../config/market-file.js'
import type { Settings } from '../../config/settings.js'

/** Whole seconds from block to block; chains faster than a second count as one second. */
export const secondsPerBlock = ({ blockTimeSeconds }: Pick<ChainConfig, 'blockTimeSeconds'>): number =>
  Math.max(1, Math.ceil(blockTimeSeconds))

/**
 * Seconds after its head at which an order ends, whatever the block's number: missed slots stretch blocks, so interest is
 * covered, and the order allowed, for twice the time of its blocks.
 */
export const lifetimeSecondsOf = (
  { orderLifetimeBlocks }: Pick<Settings, 'orderLifetimeBlocks'>,
  chain: Pick<ChainConfig, 'blockTimeSeconds'>,
): number => secondsPerBlock(chain) * orderLifetimeBlocks * 2
