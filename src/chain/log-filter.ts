import type { Address, Hex, LogFilter, RawLog } from '../domain/chain.js'
import { BadAnswerError } from './rpc-error.js'

/** One filter that lets through at least what each of `filters` does; `topic0` is empty when one of them takes all events. */
export function unionFilter(filters: readonly LogFilter[]): LogFilter {
  const used = filters.filter((filter) => filter.addresses.length > 0)
  const addresses = new Set<Address>(used.flatMap((filter) => filter.addresses))
  const everyEvent = used.some((filter) => filter.topic0.length === 0)
  const topics = new Set<Hex>(everyEvent ? [] : used.flatMap((filter) => filter.topic0))
  return { addresses: [...addresses], topic0: [...topics] }
}

/** A test for logs that at least one of `filters` wants. */
export function matcher(filters: readonly LogFilter[]): (log: RawLog) => boolean {
  const wanted = new Map<Address, Set<Hex> | 'all'>()
  for (const { addresses, topic0 } of filters)
    for (const address of addresses) {
      const before = wanted.get(address)
      if (before === 'all' || topic0.length === 0) wanted.set(address, 'all')
      else wanted.set(address, new Set([...(before ?? []), ...topic0]))
    }
  return ({ address, topics }) => {
    const events = wanted.get(address)
    return events === 'all' || (events !== undefined && topics[0] !== undefined && events.has(topics[0]))
  }
}

/** Rejects an answer that holds logs nobody asked for: what else of it could be trusted? */
export function checkLogs(logs: RawLog[], filter: LogFilter): RawLog[] {
  const wanted = matcher([filter])
  const strange = logs.find((log) => !wanted(log))
  if (strange) throw new BadAnswerError(`a log of ${strange.address} that was not asked for`)
  return logs
}

/** The part of an `eth_getLogs` query that says which logs. */
export const logQuery = (filter: LogFilter): { address: readonly string[]; topics?: readonly (readonly string[])[] } =>
  filter.topic0.length === 0 ? { address: filter.addresses } : { address: filter.addresses, topics: [filter.topic0] }
