import type { DirectReader } from '../chain/reader.js'
import type { Address, LogFilter, RawLog, Reader } from '../domain/chain.js'
import type { Feed, FeedId, PricePoint, PriceView } from '../domain/prices.js'
import type { Delta } from '../domain/strategy.js'
import { AGGREGATOR_CONFIRMED, ANSWER_UPDATED, addressWord, ask } from './chainlink.js'
import { viewOf } from './price-view.js'
import { protocolAnswer, resolveFeeds, type FeedKind } from './resolve.js'

interface Entry {
  readonly feed: Feed
  kind: FeedKind
  value: bigint
  /** True while the protocol must be asked although rounds are followed: no positive round, or the kind is in doubt. */
  ask: boolean
  /** True until `resolve` has looked at the source (again). */
  doubt: boolean
}

/** For `keeper doctor`: how a price is followed, and why it is not when it is not. */
export interface FeedExplanation {
  readonly feed: FeedId
  readonly symbol: string
  readonly source: Address
  readonly kind: FeedKind
  readonly value: bigint
}

const UNRESOLVED: FeedKind = { by: 'asking', why: 'not examined yet' }

/**
 * The prices of one market. Rounds are reduced from events and undone with their block; everything that cannot be proven
 * to follow from events is asked from the protocol once per block, in one batch.
 */
export class PriceBook {
  private entries = new Map<FeedId, Entry>()

  constructor(private readonly market: string) {}

  /** Takes over what the market's feeds are now. New and changed ones are asked for until `resolve` has seen them. */
  sync(feeds: readonly Feed[]): void {
    const before = this.entries
    this.entries = new Map(
      feeds.map((feed) => {
        const known = before.get(feed.id)
        const same = known?.feed.source === feed.source && known.feed.read.to === feed.read.to
        if (known && same) return [feed.id, known]
        return [feed.id, { feed, kind: UNRESOLVED, value: known?.value ?? 0n, ask: true, doubt: true }]
      }),
    )
  }

  get doubtful(): readonly Feed[] {
    return [...this.entries.values()].filter((entry) => entry.doubt).map((entry) => entry.feed)
  }

  /** Feeds that are asked for every block. */
  get asked(): readonly Feed[] {
    return [...this.entries.values()].filter(needsAsking).map((entry) => entry.feed)
  }

  /** Examines the sources in doubt at `block`, which must be the newest block reduced. Throws what the reader throws. */
  async resolve(reader: DirectReader, block: number): Promise<void> {
    const found = await resolveFeeds(this.doubtful, reader, block)
    for (const [id, { kind, value }] of found) {
      const entry = this.entries.get(id)
      if (entry) Object.assign(entry, { kind, value, ask: value === 0n, doubt: false })
    }
  }

  filters(): readonly LogFilter[] {
    const aggregators = new Set<Address>()
    const proxies = new Set<Address>()
    for (const { kind, feed } of this.entries.values()) {
      if (kind.by !== 'rounds') continue
      aggregators.add(kind.aggregator)
      if (kind.proxied) proxies.add(feed.source)
    }
    return [
      { addresses: [...aggregators], topic0: [ANSWER_UPDATED] },
      { addresses: [...proxies], topic0: [AGGREGATOR_CONFIRMED] },
    ].filter((filter) => filter.addresses.length > 0)
  }

  /** Applies a round or a change of aggregator; other logs change nothing. */
  reduce(log: RawLog): Delta {
    const changed: { entry: Entry; value: bigint; ask: boolean; doubt: boolean }[] = []
    for (const entry of this.entries.values()) {
      if (entry.kind.by !== 'rounds') continue
      const before = { entry, value: entry.value, ask: entry.ask, doubt: entry.doubt }
      if (log.topics[0] === ANSWER_UPDATED && log.address === entry.kind.aggregator && log.topics[1]) {
        const current = BigInt.asIntN(256, BigInt(log.topics[1]))
        // for an answer of zero or less the protocol has rules of its own (a fallback oracle, a revert): ask it
        entry.value = current > 0n ? current : 0n
        entry.ask = entry.doubt || current <= 0n
      } else if (log.topics[0] === AGGREGATOR_CONFIRMED && log.address === entry.feed.source) {
        entry.doubt = true
        entry.ask = true
      } else continue
      changed.push(before)
    }
    const undo = (): void => {
      for (const { entry, ...before } of changed.reverse()) Object.assign(entry, before)
    }
    return { touched: [], parameters: false, undo }
  }

  /** Asks the protocol, in one batch at `block`, for all prices that events do not give. Throws what the reader throws. */
  async refreshOpaque(reader: Reader, block: number): Promise<Delta> {
    const asked = [...this.entries.values()].filter(needsAsking)
    const before = asked.map((entry) => entry.value)
    if (asked.length > 0) {
      const requests = asked.map((entry) => entry.feed.read)
      const results = await reader.calls(requests, block)
      for (const [i, entry] of asked.entries()) entry.value = protocolAnswer(results[i])
    }
    const undo = (): void => {
      for (const [i, entry] of asked.entries()) entry.value = before[i] ?? 0n
    }
    return { touched: [], parameters: false, undo }
  }

  /**
   * Compares followed prices and the aggregators behind proxies with the chain at `block`; `expected` are this book's
   * values at that block. What differs is asked for from now on and examined again. Returns the ids that differ.
   */
  async check(reader: Reader, block: number, expected = this.values()): Promise<FeedId[]> {
    const followed = [...this.entries.values()].filter((entry) => entry.kind.by === 'rounds' && !entry.doubt)
    const requests = followed.flatMap(({ feed }) => [feed.read, ask(feed.source, 'aggregator')])
    if (requests.length === 0) return []
    const results = await reader.calls(requests, block)
    return followed.flatMap((entry, i) => {
      const { kind, feed } = entry
      const moved = kind.by === 'rounds' && kind.proxied && addressWord(results[i * 2 + 1]) !== kind.aggregator
      if (!moved && protocolAnswer(results[i * 2]) === expected.get(feed.id)) return []
      entry.doubt = true
      entry.ask = true
      return [feed.id]
    })
  }

  values(): ReadonlyMap<FeedId, bigint> {
    return new Map([...this.entries].map(([id, { value }]) => [id, value]))
  }

  /** The prices as they are now, fixed, for a block at `timestamp`. */
  view(block: number, timestamp: bigint): PriceView {
    const points = [...this.entries].map(([id, entry]): [FeedId, PricePoint] => {
      return [id, { value: entry.value, source: needsAsking(entry) ? 'opaque' : 'round' }]
    })
    return viewOf(this.market, new Map(points), block, timestamp)
  }

  explain(): readonly FeedExplanation[] {
    return [...this.entries.values()].map(({ feed, kind, value }) => {
      return { feed: feed.id, symbol: feed.token.symbol, source: feed.source, kind, value }
    })
  }
}

const needsAsking = (entry: Entry): boolean => entry.ask || entry.kind.by === 'asking'
