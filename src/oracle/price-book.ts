import type { DirectReader } from '../chain/reader.js'
import type { Address, LogFilter, RawLog, Reader } from '../domain/chain.js'
import type { Feed, FeedId, PriceOrigin, PricePoint, PriceUpdate, PriceView } from '../domain/prices.js'
import type { Delta } from '../domain/strategy.js'
import { AGGREGATOR_CONFIRMED, reduceLeaf, signedWord } from './chainlink.js'
import { LeafStore } from './leaf-store.js'
import {
  MOST_STRIKES,
  UNRESOLVED,
  UNTRIED,
  change,
  deltaOf,
  isDue,
  isWrong,
  treeOf,
  type Entry,
} from './price-entry.js'
import { differing } from './price-check.js'
import { filtersOf, speaksOf } from './price-filters.js'
import { updateFromLeaves, type LeafAnswer } from './price-update.js'
import { viewOf } from './price-view.js'
import { PARAMETER_EVENTS } from './probe.js'
import { protocolAnswer, resolveFeeds, type At, type FeedKind } from './resolve.js'
import type { LeafState, LeafStates } from './tree.js'
import { priceOf } from './twin.js'

/** For `keeper doctor`: how a price is followed, and why it is not when it is not. */
export interface FeedExplanation {
  readonly feed: FeedId
  readonly symbol: string
  readonly source: Address
  readonly kind: FeedKind
  readonly value: bigint
}

/** Events after which a source is examined anew. */
const DOUBTFUL_EVENTS: ReadonlySet<string> = new Set([AGGREGATOR_CONFIRMED, ...PARAMETER_EVENTS])
const NOTHING = deltaOf([])

/**
 * The prices of one market. What events tell is computed from them, for any timestamp; exchange rates and everything that
 * cannot be explained are read once per block, in one batch, and with them the protocol's own answer for every source that
 * is more than a plain feed: a tree is never believed further than it was right at the newest block.
 */
export class PriceBook {
  private entries = new Map<FeedId, Entry>()
  private readonly store = new LeafStore()

  constructor(private readonly market: string) {}

  /** Takes over what the market's feeds are now. New and changed ones are asked for until `resolve` has seen them. */
  sync(feeds: readonly Feed[]): void {
    const before = this.entries
    this.entries = new Map(
      feeds.map((feed) => {
        const known = before.get(feed.id)
        const same = known?.feed.source === feed.source && known.feed.read.to === feed.read.to
        if (known && same) return [feed.id, known]
        return [feed.id, { feed, kind: UNRESOLVED, asked: known?.asked ?? 0n, doubt: true, ...UNTRIED }]
      }),
    )
  }

  get doubtful(): readonly Feed[] {
    return [...this.entries.values()].filter((entry) => entry.doubt).map((entry) => entry.feed)
  }

  /** The leaves as they are now: rounds that landed, and readings of the newest block. */
  get leaves(): LeafStates {
    return this.store.states
  }

  /** Feeds whose price the protocol must be asked for at every block, seen from a block of this timestamp. */
  askedAt(timestamp: bigint): readonly Feed[] {
    const asked = [...this.entries.values()].filter((entry) => this.twin(entry, timestamp) === 0n)
    return asked.map((entry) => entry.feed)
  }

  /** Examines the sources in doubt at `at`, which must be the newest block reduced. Throws what the reader throws. */
  async resolve(reader: DirectReader, at: At): Promise<Delta> {
    const { feeds, leaves } = await resolveFeeds(this.doubtful, reader, at)
    const undo = [...leaves].map(([id, state]) => this.store.set(id, state))
    for (const [id, { kind, value }] of feeds) {
      const entry = this.entries.get(id)
      if (!entry) continue
      const believed: FeedKind =
        entry.strikes < MOST_STRIKES ? kind : { by: 'asking', why: 'its tree was wrong again and again' }
      undo.push(change(entry, { kind: believed, asked: value, doubt: false }))
      entry.examinedAt = at.number
    }
    return deltaOf(undo)
  }

  filters(): readonly LogFilter[] {
    return filtersOf([...this.entries.values()].flatMap((entry) => treeOf(entry) ?? []))
  }

  /** Applies a round, or doubts what an adapter or a proxy says has changed; other logs change nothing. */
  reduce(log: RawLog): Delta {
    const leaf = this.store.states.get(log.address)
    const event = log.topics[0]
    const doubts = event !== undefined && DOUBTFUL_EVENTS.has(event)
    // most logs of a market are none of the prices'
    if (leaf === undefined && !doubts) return NOTHING
    const undo: (() => void)[] = []
    const next = leaf && reduceLeaf(leaf, log)
    if (next) undo.push(...this.moveLeaf(log.address, next))
    if (doubts)
      for (const entry of this.entries.values()) {
        const tree = treeOf(entry)
        if (!tree || !speaksOf(tree, log.address, event)) continue
        const last = this.pointAt(entry, log.timestamp).value
        undo.push(change(entry, { asked: last, doubt: true }))
      }
    return deltaOf(undo)
  }

  /**
   * Reads, in one batch at `at`, everything that no event gives, and the protocol's own answer for what is asked and for
   * every tree that is more than a plain feed. What differs is asked for until it is examined again. Throws what the
   * reader throws.
   */
  async refreshOpaque(reader: Reader, at: At): Promise<Delta> {
    const entries = [...this.entries.values()].filter(
      (entry) => treeOf(entry)?.kind !== 'rounds' || this.twin(entry, at.timestamp) === 0n,
    )
    const readings = this.store.readingsOf(entries.flatMap((entry) => treeOf(entry) ?? []))
    const requests = [...entries.map(({ feed }) => feed.read), ...readings.values()]
    if (requests.length === 0) return deltaOf([])
    const results = await reader.calls(requests, at.number)
    const undo = [...readings.keys()].map((id, i) =>
      this.store.set(id, { kind: 'reading', value: signedWord(results[entries.length + i]) }),
    )
    for (const [i, entry] of entries.entries()) {
      const asked = protocolAnswer(results[i])
      const twin = this.twin(entry, at.timestamp)
      const doubt = entry.doubt || isWrong(entry, twin, asked) || isDue(entry, at.number)
      undo.push(change(entry, { asked, doubt }))
    }
    return deltaOf(undo)
  }

  /**
   * Compares the trees' prices and the aggregators behind proxies with the chain at `at`; `expected` are this book's
   * values at that block. What differs is asked for from now on and examined again. Returns the ids that differ.
   */
  async check(reader: Reader, at: At, expected = this.values(at.timestamp)): Promise<FeedId[]> {
    return differing([...this.entries.values()], reader, at.number, expected)
  }

  /** All prices as a block of this timestamp has them. */
  values(timestamp: bigint): ReadonlyMap<FeedId, bigint> {
    return new Map([...this.entries].map(([id, entry]) => [id, this.pointAt(entry, timestamp).value]))
  }

  /** The prices as they are now, fixed, for a block at `timestamp`: growth of caps, discounts and cutoffs included. */
  view(block: number, timestamp: bigint): PriceView {
    const points = [...this.entries].map(([id, entry]): [FeedId, PricePoint] => [id, this.pointAt(entry, timestamp)])
    return viewOf(this.market, new Map(points), block, timestamp)
  }

  /** What rounds that have not landed would do to the prices of a block at `timestamp`. Changes nothing. */
  whatIf(answers: readonly LeafAnswer[], timestamp: bigint, origin: PriceOrigin = 'pending'): PriceUpdate {
    const trees = [...this.entries].flatMap(([id, entry]) => {
      const tree = entry.doubt ? null : treeOf(entry)
      return tree ? [[id, tree] as const] : []
    })
    return updateFromLeaves(
      { market: this.market, trees: new Map(trees), leaves: this.store.states },
      answers,
      timestamp,
      origin,
    )
  }

  explain(timestamp: bigint): readonly FeedExplanation[] {
    return [...this.entries.values()].map((entry) => {
      const { feed, kind } = entry
      const { value } = this.pointAt(entry, timestamp)
      return { feed: feed.id, symbol: feed.token.symbol, source: feed.source, kind, value }
    })
  }

  private moveLeaf(id: Address, next: LeafState): (() => void)[] {
    const undo = [this.store.set(id, next)]
    // for an answer of zero or less the protocol has rules of its own (a fallback oracle, a revert): it is asked again
    for (const entry of this.entries.values()) {
      const tree = treeOf(entry)
      if (tree && !entry.doubt && this.store.dependsOn(tree, id)) undo.push(change(entry, { asked: 0n }))
    }
    return undo
  }

  /** The tree's price; 0 when there is none that may be believed. */
  private twin(entry: Entry, timestamp: bigint): bigint {
    const tree = entry.doubt ? null : treeOf(entry)
    return tree ? priceOf(tree, this.store.states, timestamp) : 0n
  }

  private pointAt(entry: Entry, timestamp: bigint): PricePoint {
    const value = this.twin(entry, timestamp)
    return value > 0n ? { value, source: 'round' } : { value: entry.asked, source: 'opaque' }
  }
}
