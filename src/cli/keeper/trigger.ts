import type { ChainConfig } from '../../config/market-file.js'
import type { Settings } from '../../config/settings.js'
import type { Head } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import type { PositionRefusal } from '../../domain/refusal.js'
import type { PriceSignal } from '../../oracle/source.js'
import type { PositionQuote } from '../../profit/combine.js'
import { quotePrepared } from '../../profit/prepared-sequence.js'
import type { Contested } from './contested.js'
import type { Deciding } from './deciding.js'
import { horizonOf } from './horizon.js'
import type { Hunt } from './hunt.js'
import type { Foreseen, Liquidatable, MarketWatch } from './market-watch.js'
import type { PreparedBook } from './prepared-book.js'
import type { Quoting, Sight } from './quoting.js'
import type { RefusalBook } from './refusal-book.js'
import { SignalBook } from './signal-book.js'
import { Stopwatch } from './stopwatch.js'
import { placeOf } from './suspects.js'

export interface TriggerOptions {
  readonly chain: ChainConfig
  readonly settings: Settings
  readonly hunt: Pick<Hunt, 'isKnown' | 'objection'>
  readonly prepared: PreparedBook
  readonly quoting: Quoting
  /** Transactions that may be on their way at the same time. */
  readonly lanes: number
  readonly deciding: Deciding
  readonly isNewest: (head: Head) => boolean
  readonly contested: Contested
  readonly refusals: RefusalBook
  readonly logger: Logger
  readonly metrics: Metrics
}

/** All markets together. */
interface Foreseeing {
  readonly sight: Sight
  readonly found: readonly Liquidatable[]
}

/** What the relays' sockets need to take a bundle. */
const QUIET_MS = 5
/** Prepared positions that are quoted for one signal: each one behind others costs time in which the first are not sent. */
const MOST_AT_ONCE = 8

/** News of a price between two blocks: who falls below one by it, and the transactions that follow it. */
export class Trigger {
  private readonly signals: SignalBook
  private working = 0
  private quietUntil = 0
  private ground: { readonly head: Head; readonly watches: readonly MarketWatch[] } | null = null

  constructor(private readonly options: TriggerOptions) {
    this.signals = new SignalBook((aggregator) => {
      for (const { source } of this.ground?.watches ?? []) {
        const leaf = source.replica.book.leaves.get(aggregator)
        if (leaf !== undefined) return leaf
      }
      return undefined
    })
  }

  /** A signal, in the turn in which it was heard. Resolves when what it opens was offered or refused; never rejects. */
  async take(signal: PriceSignal): Promise<void> {
    const { ground } = this
    if (ground === null || !this.signals.take(signal, ground.head)) {
      this.options.metrics.count('signals', { channel: signal.channel, outcome: 'no-news' })
      return
    }
    // the decisions of a newer block are under way and will come to it: an offer for the block that is past helps nobody
    if (!this.options.isNewest(ground.head)) return
    await this.consider(signal, ground.head, ground.watches)
  }

  /** True while a signal is worked on and for a moment after it: bundles must leave before other work begins. */
  get isBusy(): boolean {
    return this.working > 0 || performance.now() < this.quietUntil
  }

  /** After the decisions of a block: reports that it has not brought are offered for the next one. */
  async atHead(head: Head, watches: readonly MarketWatch[]): Promise<void> {
    this.ground = { head, watches }
    for (const signal of this.signals.at(head)) await this.consider(signal, head, watches)
  }

  private async consider(signal: PriceSignal, head: Head, watches: readonly MarketWatch[]): Promise<void> {
    const { logger, metrics, refusals } = this.options
    const { channel } = signal
    const watch = new Stopwatch()
    this.working++
    try {
      const foreseen = this.foresee(signal, head, watches)
      watch.lap('scan')
      metrics.count('signals', { channel, outcome: foreseen.found.length > 0 ? 'opens' : 'opens-nothing' })
      if (foreseen.found.length === 0) return
      const said = await this.decide(signal, foreseen, watch)
      // the bundle goes first: what is written down waits for the next turn
      setImmediate(() => {
        refusals.add(said, head)
        this.tell(signal, head, foreseen.found, said, watch)
      })
    } catch (error) {
      metrics.count('signals', { channel, outcome: 'failed' })
      logger.error('trigger', { channel, block: head.number, problem: messageOf(error) })
    } finally {
      this.working--
      this.quietUntil = performance.now() + QUIET_MS
    }
  }

  private foresee({ answers, behind }: PriceSignal, head: Head, watches: readonly MarketWatch[]): Foreseeing {
    const { chain, settings, hunt } = this.options
    const horizon = horizonOf(head, chain, settings)
    const concerned: MarketWatch[] = []
    const opinions: Foreseen[] = []
    for (const watch of watches) {
      const market = watch.id
      const opinion = watch.foresee(answers, head, horizon, (position) => hunt.isKnown(placeOf({ market, position })))
      if (opinion === null) continue
      concerned.push(watch)
      opinions.push(opinion)
    }
    const found = opinions.flatMap(({ liquidatable }) => liquidatable)
    return { sight: { head, watches: concerned, opinions, behind }, found }
  }

  /** Those that are prepared first and without waiting for anything; the others as in a block. */
  private async decide(signal: PriceSignal, foreseen: Foreseeing, watch: Stopwatch): Promise<PositionRefusal[]> {
    const { sight, found } = foreseen
    const { quoting, deciding, hunt, prepared, contested } = this.options
    const terms = { behind: signal.behind, objection: hunt.objection(sight.head) }
    const supplies = prepared.suppliesAt(sight.head)
    const ready = supplies === null ? [] : this.ready(found, sight.head)
    const said: PositionRefusal[] = []
    if (supplies !== null && ready.length > 0) {
      const { book, data } = supplies
      const context = quoting.contextOf(sight, data)
      const quoted = ready.map(({ one, ways }) => quotePrepared(plansOf(one), ways, context, book))
      watch.lap('quote')
      said.push(...(await deciding.decide({ quoted, book, context, refusals: [] }, sight.head, terms)))
      watch.lap('offer')
    }
    // in a contest the second best way is not enough: the same positions are searched and offered once more
    const places = new Set(contested.at(sight.head) ? [] : ready.map(({ one }) => placeOf(one)))
    const others = found.filter((one) => !places.has(placeOf(one)))
    this.options.metrics.count('triggered', { how: 'prepared' }, places.size)
    this.options.metrics.count('triggered', { how: 'ordinary' }, others.length)
    if (others.length === 0) return said
    const quoted = await quoting.quote(others, sight)
    return [...said, ...(await deciding.decide(quoted, sight.head, terms))]
  }

  /** Who is prepared, the best first. */
  private ready(found: readonly Liquidatable[], head: Head) {
    const ready = found.flatMap((one) => {
      const known = this.options.prepared.ready(placeOf(one), head)
      return known === null ? [] : [{ one, ways: known.ways, netWei: known.netWei }]
    })
    return ready
      .sort((a, b) => (a.netWei === b.netWei ? 0 : a.netWei > b.netWei ? -1 : 1))
      .slice(0, Math.max(MOST_AT_ONCE, this.options.lanes))
  }

  private tell(
    { channel }: PriceSignal,
    head: Head,
    found: readonly Liquidatable[],
    said: readonly PositionRefusal[],
    watch: Stopwatch,
  ): void {
    const { metrics, logger } = this.options
    for (const [stage, seconds] of watch.laps) metrics.observe('trigger_stage_seconds', seconds, { stage })
    metrics.observe('trigger_seconds', watch.seconds, { channel })
    logger.info('trigger', {
      ...{ channel, block: head.number, opens: found.length, refused: said.length },
      milliseconds: Number((watch.seconds * 1000).toFixed(3)),
    })
  }
}

const plansOf = ({
  market,
  position,
  choices,
}: Liquidatable): Pick<PositionQuote, 'market' | 'position' | 'plans'> => ({
  ...{ market, position },
  plans: choices.filter((choice) => 'at' in choice),
})
