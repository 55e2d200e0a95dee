import type { Settings } from '../../../config/settings.js'
import type { Head } from '../../../domain/chain.js'
import type { Logger, Metrics } from '../../../domain/ports.js'
import type { ChainAccess } from '../../chain-access.js'
import { addressesOf, type Operators } from '../../operators.js'
import type { Start } from '../../start-checks.js'
import type { Contested } from '../contested.js'
import type { MarketWatch } from '../market-watch.js'
import type { Hunting } from '../open-hunting.js'
import { RefusalBook } from '../refusal-book.js'
import type { Sending } from '../sending.js'
import type { AuctionRoom } from './auction-room.js'
import { buying } from './buying.js'
import { auctionMeans, type AuctionMeans } from './dry-agent.js'
import { auctionMarkets, openRoom } from './open-room.js'
import { receivedWorth, type ReceivedWorthOptions } from './received-worth.js'

interface MeansSources {
  readonly settings: Settings
  readonly access: ChainAccess
  readonly start: Start
  readonly operators: Operators
  readonly logger: Logger
}

/** What auctions are worked with from `block` on; says what is only assumed of the agent. */
export async function meansAt(sources: MeansSources, block: number): Promise<AuctionMeans> {
  const { settings, access, start, operators, logger } = sources
  const { file, reader } = access
  const { wrappedNative } = file.chain
  const markets = auctionMarkets(start.markets)
  const { dryRun } = start
  const keys = addressesOf(operators)
  const means = await auctionMeans({ settings, reader, markets, wrappedNative, operators: keys, dryRun, block })
  for (const because of means.notes) logger.warn('auctions', { because })
  return means
}

export interface AuctionsOptions extends Pick<ReceivedWorthOptions, 'head' | 'worths'> {
  readonly means: AuctionMeans
  readonly access: ChainAccess
  readonly start: Start
  readonly operators: Operators
  readonly sending: Sending
  readonly hunting: Hunting
  readonly contested: Contested
  readonly watches: readonly MarketWatch[]
  readonly isNewest: (head: Head) => boolean
  /** Aborted when the keeper ends. */
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly metrics: Metrics
}

/**
 * The auction room of this keeper at `block`, its tokens named in the ledger; null where it takes no part in auctions. Throws
 * as `openRoom` does.
 */
export async function openAuctions(options: AuctionsOptions, block: number): Promise<AuctionRoom | null> {
  const { access, start, operators, sending, hunting, contested, watches } = options
  const { isNewest, head, worths, signal, logger, metrics } = options
  const { settings, reader } = options.means
  const { submitter, ledger, gate } = sending
  const { quoting, hunt } = hunting
  const { chain } = access.file
  // a dry run needs no executor on the chain for what one would buy
  const lent = settings.executor !== null || start.dryRun
  const room = await openRoom(
    {
      ...{ chain, settings, submitter, ledger, logger, metrics, reader, ask: access.rpc, lent },
      markets: auctionMarkets(start.markets),
      refusals: new RefusalBook(ledger, logger, metrics, signal),
      watch: (market) => watches.find(({ id }) => id === market),
      buy: lent ? buying({ chain, submitter, contested, logger, metrics, isNewest, quoting, hunt, watches }) : null,
      ...receivedWorth({ ledger, gate, watches, wrappedNative: chain.wrappedNative, head, worths }),
    },
    addressesOf(operators),
    start.dryRun,
    block,
  )
  if (room !== null) ledger.named(room.names())
  return room
}
