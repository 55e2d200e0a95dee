import type { ChainConfig } from '../../config/market-file.js'
import type { Settings } from '../../config/settings.js'
import type { Head } from '../../domain/chain.js'
import type { Horizon } from './market-watch.js'
import { lifetimeSecondsOf, secondsPerBlock } from './order-lifetime.js'

/** The block we aim at, and until when an order for it may run. Chains faster than a second count as one second. */
export function horizonOf(
  head: Head,
  chain: Pick<ChainConfig, 'blockTimeSeconds'>,
  settings: Pick<Settings, 'orderLifetimeBlocks'>,
): Horizon {
  const lifetime = BigInt(lifetimeSecondsOf(settings, chain))
  return { timestamp: head.timestamp + BigInt(secondsPerBlock(chain)), deadline: head.timestamp + lifetime }
}
