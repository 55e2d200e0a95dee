import { Blocks } from '../../chain/blocks.js'
import type { Settings } from '../../config/settings.js'
import type { Address } from '../../domain/chain.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import { Reporters } from '../../oracle/reporters.js'
import type { PriceSignal } from '../../oracle/source.js'
import { aggregatorsOf } from '../../oracle/sources/context.js'
import { sourcesOf } from '../../oracle/sources/sources.js'
import type { ChainAccess } from '../chain-access.js'
import type { MarketWatch } from './market-watch.js'

/** The channels of prices that have not landed, all heard by one sink. */
export interface Listening {
  start(sink: (signal: PriceSignal) => void): Promise<void>
  stop(): Promise<void>
}

/** Aggregators change with the markets' price sources, seldom; they are asked for at every pending transaction. */
const KNOWN_MS = 1_000

/**
 * The channels that the settings name, for the feeds of these markets; none where nothing can follow another transaction.
 * Throws `SettingsError` for a missing credential.
 */
export function listening(
  settings: Settings,
  { rpc, reader, file }: ChainAccess,
  watches: readonly MarketWatch[],
  logger: Logger,
  metrics: Metrics,
): Listening {
  let known: ReadonlySet<Address> = new Set()
  let readAtMs = Number.NEGATIVE_INFINITY
  const aggregators = (): ReadonlySet<Address> => {
    if (performance.now() - readAtMs > KNOWN_MS) {
      // a market that is being read anew has none
      const replicas = watches.flatMap(({ source }) => source.replicaOrNull ?? [])
      known = new Set(replicas.flatMap(({ book }) => aggregatorsOf(book.leaves)))
      readAtMs = performance.now()
    }
    return known
  }
  const blocks = new Blocks(rpc)
  const block = async (): Promise<number> => (await blocks.latest()).number
  const reporters = new Reporters({ reader, block, aggregators, logger })
  const context = { chainId: file.chain.id, rpc, aggregators, reporters, logger, metrics }
  const sources = file.chain.submission === 'bundle' ? sourcesOf(settings, context) : []
  return {
    async start(sink) {
      // before the first report: whoever asks only then is a round trip late
      if (sources.length > 0) await reporters.refresh()
      for (const source of sources) await source.start(sink)
    },
    async stop() {
      await Promise.all(sources.map((source) => source.stop()))
    },
  }
}
