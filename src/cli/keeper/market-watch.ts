import type { Address, Head } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import type { PositionId } from '../../domain/market.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import type { FeedId, PriceUpdate, PriceView } from '../../domain/prices.js'
import type { PlanChoice } from '../../domain/plan.js'
import type { Solvency } from '../../domain/strategy.js'
import type { SlotWeights } from '../../domain/weights.js'
import type { MarketIndexer, MarketChanges } from '../../indexer/market-indexer.js'
import type { PriceAssumption } from '../../execution/executor/override.js'
import type { LeafAnswer } from '../../oracle/price-update.js'
import { withUpdate } from '../../oracle/price-view.js'
import { leversOf, nearestOf, type Near } from './nearness.js'
import type { Scanner } from '../../scanner/scanner.js'

/** A position that the contract lets anybody liquidate at `view`, with every pair and what the protocol says of it. */
export interface Liquidatable {
  readonly market: string
  readonly position: PositionId
  readonly solvency: Solvency
  readonly choices: readonly PlanChoice[]
}

/** What one market offers at the block after `head`. */
export interface MarketOpinion {
  readonly view: PriceView
  readonly liquidatable: readonly Liquidatable[]
  /** Positions that were scanned; for a foreseen block, candidates. */
  readonly scanned: number
}

/** The same for prices that have not landed. */
export interface Foreseen extends MarketOpinion {
  readonly update: PriceUpdate
}

/** One position at prices that have not landed. */
export interface Imagined {
  readonly update: PriceUpdate
  readonly view: PriceView
  readonly liquidatable: Liquidatable
}

export interface Horizon {
  /** Timestamp of the block we aim at, and the latest at which an order may still run. */
  readonly timestamp: bigint
  readonly deadline: bigint
}

/** Keeps the scanner's rows of one market in step with its replica, and turns candidates into exact answers. */
export class MarketWatch {
  /** Whom the last scan named. */
  candidates: readonly PositionId[] = []
  private sources: ReadonlyMap<FeedId, Address> | null = null
  /** The prices that the last `look` went by. */
  private seen: { readonly hash: string; readonly view: PriceView } | null = null

  constructor(
    private readonly indexer: MarketIndexer,
    private readonly scanner: Scanner,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  get id(): string {
    return this.indexer.market.id
  }

  get source(): MarketIndexer {
    return this.indexer
  }

  /** Hands changed rows to the scanner; all of them where the slots changed their meaning. */
  take(changes: Pick<MarketChanges, 'reset' | 'touched' | 'parameters'>, head: Head): void {
    const { strategy, replica } = this.indexer
    if (changes.reset || changes.parameters) this.sources = null
    const rows = strategy.rows(replica.state, changes.reset ? strategy.positions(replica.state) : changes.touched)
    // after the rows: a position may have brought a slot of its own
    const { slots } = strategy.weights(replica.state, this.viewAt(head.number, head.timestamp))
    if (changes.reset) this.scanner.replaceAll(this.id, rows, slots)
    else if (changes.parameters && !this.scanner.slotsStillFit(this.id, slots)) this.refill(slots)
    else if (rows.length > 0) this.scanner.update(this.id, rows, slots)
  }

  /** Candidates by the scan, decided exactly, at the prices of now and the time of the block we aim at. */
  look(head: Head, { timestamp, deadline }: Horizon): MarketOpinion {
    const { strategy } = this.indexer
    const started = performance.now()
    const view = this.viewAt(head.number + 1, timestamp)
    const { candidates, scanned, rho, how } = this.scanner.scan(
      this.id,
      strategy.weights(this.indexer.replica.state, view),
    )
    this.candidates = candidates
    this.seen = { hash: head.hash, view }
    this.metrics.observe('scan_seconds', (performance.now() - started) / 1000, { market: this.id })
    this.metrics.gauge('positions', scanned, { market: this.id })
    this.metrics.gauge('scan_rho', Number.isFinite(rho) ? rho : 0, { market: this.id })
    this.metrics.count('full_scans', { market: this.id }, how === 'full' ? 1 : 0)
    this.metrics.gauge('candidates', candidates.length, { market: this.id })
    const liquidatable = candidates.flatMap((position) => this.decide(position, view, deadline))
    this.metrics.gauge('liquidatable', liquidatable.length, { market: this.id })
    return { view, liquidatable, scanned }
  }

  /**
   * Candidates if `update` held on top of the prices of the last `look`: a pending transmission or a what-if. Changes
   * nothing.
   */
  ask(update: PriceUpdate, head: Head, timestamp: bigint): readonly PositionId[] {
    const { strategy, replica } = this.indexer
    const quick = this.scanner.price(update)
    if (quick !== null) return quick.candidates
    const view = withUpdate(this.viewAt(head.number + 1, timestamp), update)
    return this.scanner.ask(this.id, strategy.weights(replica.state, view)).candidates
  }

  /**
   * What the market will offer when `answers` have landed in the block after `head`: null when that changes none of its
   * prices. `leave`: positions that are of no interest. Changes nothing.
   */
  foresee(
    answers: readonly LeafAnswer[],
    head: Head,
    { timestamp, deadline }: Horizon,
    leave: (position: PositionId) => boolean,
  ): Foreseen | null {
    const update = this.indexer.replica.book.whatIf(answers, timestamp)
    if (update.changes.size === 0) return null
    const candidates = this.ask(update, head, timestamp)
    const view = withUpdate(this.viewOn(head, timestamp), update)
    const wanted = candidates.filter((position) => !leave(position))
    return {
      ...{ update, view },
      liquidatable: wanted.flatMap((position) => this.decide(position, view, deadline)),
      scanned: candidates.length,
    }
  }

  /** Positions with a health factor below `limit`, by the scan. */
  watchlist(limit: number): readonly PositionId[] {
    return this.scanner.watchlist(this.id, limit)
  }

  /** For each position the smallest round that would make it liquidatable in the block after `head`. */
  nearestAt(head: Head, timestamp: bigint): (position: PositionId) => Near | null {
    const { strategy, replica } = this.indexer
    const levers = leversOf(replica.book, timestamp)
    const weights = strategy.weights(replica.state, this.viewOn(head, timestamp))
    return (position) => {
      const [row] = strategy.rows(replica.state, [position])
      const nearest = row === undefined ? null : nearestOf(row.entries, weights, levers)
      return nearest === null ? null : { ...nearest, market: this.id, position }
    }
  }

  /** One position in the block after `head` if `answers` landed in it; null where it would not be liquidatable. */
  imagine(
    position: PositionId,
    answers: readonly LeafAnswer[],
    head: Head,
    { timestamp, deadline }: Horizon,
  ): Imagined | null {
    const update = this.indexer.replica.book.whatIf(answers, timestamp)
    const view = withUpdate(this.viewOn(head, timestamp), update)
    const [liquidatable] = this.decide(position, view, deadline)
    return liquidatable === undefined ? null : { update, view, liquidatable }
  }

  /** What the protocol's price sources answer when `update` holds. */
  assumptionsOf({ changes }: PriceUpdate): PriceAssumption[] {
    const { strategy, replica } = this.indexer
    this.sources ??= new Map(strategy.feeds(replica.state).map(({ id, source }) => [id, source]))
    const { sources } = this
    return [...changes].flatMap(([feed, answer]) => {
      const source = sources.get(feed)
      return source === undefined ? [] : [{ source, answer }]
    })
  }

  /** Prices in the block after `head` as they are known now. */
  private viewOn(head: Head, timestamp: bigint): PriceView {
    return this.seen?.hash === head.hash ? this.seen.view : this.viewAt(head.number + 1, timestamp)
  }

  private decide(position: PositionId, view: PriceView, deadline: bigint): Liquidatable[] {
    const { strategy, replica } = this.indexer
    try {
      const solvency = strategy.solvency(replica.state, position, view)
      if (!solvency.liquidatable) return []
      return [{ market: this.id, position, solvency, choices: strategy.plans(replica.state, position, view, deadline) }]
    } catch (error) {
      // a price is missing: the next block looks again
      this.logger.warn('undecided', { market: this.id, position, problem: messageOf(error) })
      this.metrics.count('undecided', { market: this.id })
      return []
    }
  }

  private viewAt(block: number, timestamp: bigint): PriceView {
    return this.indexer.replica.book.view(block, timestamp)
  }

  private refill(slots: SlotWeights['slots']): void {
    const { strategy, replica } = this.indexer
    this.scanner.replaceAll(this.id, strategy.rows(replica.state, strategy.positions(replica.state)), slots)
  }
}
