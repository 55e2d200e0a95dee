import type { LogFilter, RawLog } from '../domain/chain.js'
import type { Effect, Replica } from './replica.js'

/** Reads logs of a filter in the stretch of chain that is being reduced. */
export type LogSource = (filter: LogFilter) => Promise<readonly RawLog[]>

export interface Fed {
  /** The logs that were reduced. */
  readonly taken: readonly RawLog[]
  /** The block after whose last log the feeding stopped; null when all logs were fed. */
  readonly stoppedAfter: number | null
}

/**
 * Reduces `logs`, in the order of the chain, into `replica`, up to the end of the first block after which `stop` holds.
 * When a log changes the filters (a reserve is listed, a source replaced), what the new ones want of the same stretch is
 * read and merged in behind that log. Throws what `source` throws; the caller then abandons the block.
 */
export async function feedUntil(
  replica: Replica,
  logs: readonly RawLog[],
  source: LogSource,
  effect: Effect,
  stop: () => boolean,
): Promise<Fed> {
  let waiting = logs.filter((log) => replica.wants(log))
  const taken: RawLog[] = []
  let before = replica.filters
  for (let i = 0; i < waiting.length; i++) {
    const log = waiting[i]
    if (!log) break
    taken.push(log)
    if (replica.take(log, effect)) {
      const added = addedFilters(before, replica.filters)
      before = replica.filters
      const found = (await Promise.all(added.map(source))).flat()
      waiting = merge(waiting.slice(i + 1), found, log)
      i = -1
    }
    if (waiting[i + 1]?.blockNumber !== log.blockNumber && stop()) return { taken, stoppedAfter: log.blockNumber }
  }
  return { taken, stoppedAfter: null }
}

/** All of `logs`; the logs that were reduced. Throws what `source` throws; the caller then abandons the block. */
export async function feedLogs(
  replica: Replica,
  logs: readonly RawLog[],
  source: LogSource,
  effect: Effect,
): Promise<readonly RawLog[]> {
  return (await feedUntil(replica, logs, source, effect, () => false)).taken
}

/** What `after` wants and `before` did not, as filters. */
function addedFilters(before: readonly LogFilter[], after: readonly LogFilter[]): LogFilter[] {
  const had = new Map<string, ReadonlySet<string> | 'all'>()
  for (const { addresses, topic0 } of before)
    for (const address of addresses) {
      const events = had.get(address)
      const all = events === 'all' || topic0.length === 0
      had.set(address, all ? 'all' : new Set([...(events ?? []), ...topic0]))
    }
  return after.flatMap(({ addresses, topic0 }) => {
    const fresh = addresses.filter((address) => {
      const events = had.get(address)
      return events === undefined || (events !== 'all' && (topic0.length === 0 || topic0.some((t) => !events.has(t))))
    })
    return fresh.length > 0 ? [{ addresses: fresh, topic0 }] : []
  })
}

const key = (log: RawLog): string => `${log.blockNumber}:${log.logIndex}`
const isAfter = (log: RawLog, other: RawLog): boolean =>
  log.blockNumber > other.blockNumber || (log.blockNumber === other.blockNumber && log.logIndex > other.logIndex)

function merge(rest: readonly RawLog[], found: readonly RawLog[], behind: RawLog): RawLog[] {
  const known = new Set(rest.map(key))
  const fresh = found.filter((log) => isAfter(log, behind) && !known.has(key(log)))
  return [...rest, ...fresh].sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex)
}
