import type { ChainConfig } from '../../config/market-file.js'
import type { Settings } from '../../config/settings.js'
import type { Head } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import type { PositionRefusal } from '../../domain/refusal.js'
import type { PriceSignal } from '../../oracle/source.js'
import type { Deciding } from './deciding.js'
import { horizonOf } from './horizon.js'
import type { Hunt } from './hunt.js'
import type { Liquidatable, MarketOpinion, MarketWatch } from './market-watch.js'
import type { Quoting, Sight } from './quoting.js'
import type { RefusalBook } from './refusal-book.js'
import { SignalBook } from './signal-book.js'
import { Stopwatch } from './stopwatch.js'
import { placeOf } from './suspects.js'

export interface TriggerOptions {
  readonly chain: ChainConfig
  readonly settings: Settings
  readonly hunt: Pick<Hunt, 'isKnown' | 'objection'>
  readonly quoting: Quoting
  readonly deciding: Deciding
  readonly refusals: RefusalBook
  readonly logger: Logger
  readonly metrics: Metrics
}

interface Foreseen {
  readonly sight: Sight
  readonly found: readonly Liquidatable[]
}

/** News of a price between two blocks: who falls below one by it, and the transactions that follow it. */
export class Trigger {
  private readonly signals: SignalBook
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
    await this.consider(signal, ground.head, ground.watches)
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
    }
  }

  private foresee({ answers }: PriceSignal, head: Head, watches: readonly MarketWatch[]): Foreseen {
    const { chain, settings, hunt } = this.options
    const horizon = horizonOf(head, chain, settings)
    const concerned: MarketWatch[] = []
    const opinions: MarketOpinion[] = []
    for (const watch of watches) {
      const market = watch.id
      const opinion = watch.foresee(answers, head, horizon, (position) => hunt.isKnown(placeOf({ market, position })))
      if (opinion === null) continue
      concerned.push(watch)
      opinions.push(opinion)
    }
    const found = opinions.flatMap(({ liquidatable }) => liquidatable)
    return { sight: { head, watches: concerned, opinions }, found }
  }

  private async decide({ behind }: PriceSignal, { sight, found }: Foreseen, watch: Stopwatch): Promise<PositionRefusal[]> {
    const { quoting, deciding, hunt } = this.options
    const quoted = await quoting.quote(found, sight)
    watch.lap('quote')
    const said = await deciding.decide(quoted, sight.head, { behind, objection: hunt.objection(sight.head) })
    watch.lap('offer')
    return said
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
