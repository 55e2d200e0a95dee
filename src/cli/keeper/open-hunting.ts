import type { HeadFollower } from '../../chain/heads.js'
import type { Settings } from '../../config/settings.js'
import type { Head } from '../../domain/chain.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import type { ChainAccess } from '../chain-access.js'
import type { Contested } from './contested.js'
import { Deciding } from './deciding.js'
import { Hunt } from './hunt.js'
import { openBackstop } from './open-backstop.js'
import { openQuoting } from './open-quoting.js'
import { Preparing } from './preparing.js'
import type { Quoting } from './quoting.js'
import { RefusalBook } from './refusal-book.js'
import type { Sending } from './sending.js'
import { Trigger } from './trigger.js'

export interface HuntingOptions {
  readonly settings: Settings
  readonly access: ChainAccess
  readonly sending: Sending
  readonly contested: Contested
  readonly heads: Pick<HeadFollower, 'receivedAtMs'>
  readonly isNewest: (head: Head) => boolean
  /** Works through this head once more, if it still is the newest. */
  readonly lookAgain: (head: Head) => void
  /** Aborted when the keeper ends. */
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly metrics: Metrics
}

/** How positions come to be liquidated: at a head, at news of a price, and what is prepared between them. */
export interface Hunting {
  readonly quoting: Quoting
  readonly hunt: Hunt
  readonly preparing: Preparing
  readonly trigger: Trigger
}

/** Puts these together; nothing is read yet. */
export function openHunting(options: HuntingOptions): Hunting {
  const { settings, access, contested, heads, isNewest, lookAgain, signal, logger, metrics } = options
  const { submitter, ledger, maxBidBps } = options.sending
  const { chain } = access.file
  const quoting = openQuoting(access, { settings, maxBidBps, contested, logger, metrics })
  const deciding = new Deciding({ chain, submitter, contested, logger, metrics, isNewest })
  const refusals = new RefusalBook(ledger, logger, metrics, signal)
  const parts = { chain, settings, quoting, deciding, refusals, logger, metrics }
  const hunt = new Hunt({
    ...{ ...parts, submitter, lookAgain, backstop: openBackstop(options) },
    receivedAtMs: (head) => heads.receivedAtMs(head),
  })
  const preparing = new Preparing({
    ...{ ...parts, submitter },
    simulates: settings.simulationRpcUrl !== null,
    isKnown: (place) => hunt.isKnown(place),
    isNewest,
    busy: () => trigger.isBusy,
  })
  const trigger: Trigger = new Trigger({
    ...parts,
    hunt,
    contested,
    // a newer head that was heard of counts, although its logs are still being read
    isNewest: (at) => isNewest(at) && heads.receivedAtMs(at) !== null,
    lanes: submitter.lanes,
    prepared: preparing.book,
  })
  return { quoting, hunt, preparing, trigger }
}
