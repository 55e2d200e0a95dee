import type { Reader } from '../domain/chain.js'
import type { FeedId } from '../domain/prices.js'
import { addressWord, ask } from './chainlink.js'
import { treeOf, type Entry } from './price-entry.js'
import { proxiesOf } from './price-filters.js'
import { protocolAnswer } from './resolve.js'

/**
 * Asks at `block` for the price of every entry with a tree and for the aggregators behind its proxies, and puts in doubt
 * what is not as expected. An adapter's tree that is wrong although its proxies are the same gets a strike. Returns the ids
 * of what differs. Throws what the reader throws.
 */
export async function differing(
  entries: readonly Entry[],
  reader: Reader,
  block: number,
  expected: ReadonlyMap<FeedId, bigint>,
): Promise<FeedId[]> {
  const followed = entries.flatMap((entry) => {
    const tree = entry.doubt ? null : treeOf(entry)
    return tree ? [{ entry, proxies: proxiesOf(tree) }] : []
  })
  const requests = followed.flatMap(({ entry, proxies }) => [
    entry.feed.read,
    ...proxies.map(({ source }) => ask(source, 'aggregator')),
  ])
  if (requests.length === 0) return []
  const results = await reader.calls(requests, block)
  let next = 0
  return followed.flatMap(({ entry, proxies }) => {
    const answer = protocolAnswer(results[next++])
    const named = proxies.map(() => addressWord(results[next++]))
    const moved = proxies.some(({ aggregator }, i) => named[i] !== aggregator)
    if (!moved && answer === expected.get(entry.feed.id)) return []
    // a plain feed may be wrong by a log that a node kept back; that its rounds are the answer was proven
    if (!moved && treeOf(entry)?.kind !== 'rounds') entry.strikes++
    Object.assign(entry, { doubt: true, asked: answer })
    return [entry.feed.id]
  })
}
