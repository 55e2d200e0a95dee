import type { ChainConfig } from '../../config/market-file.js'
import type { Settings } from '../../config/settings.js'
import type { Head } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import type { Opportunity } from '../../domain/opportunity.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import { pricesOverride } from '../../execution/executor/override.js'
import type { Submitter } from '../../execution/submitter.js'
import { horizonOf } from './horizon.js'
import type { MarketWatch } from './market-watch.js'
import { PreparedBook } from './prepared-book.js'
import { prospectsOf } from './prospects.js'
import type { Quoting, Supplies } from './quoting.js'
import { SEARCH_EVERY, searchWays, type Found, type Target } from './search-ways.js'
import { Slices } from './slices.js'
import { placeOf } from './suspects.js'

export interface PreparingOptions {
  readonly chain: ChainConfig
  readonly settings: Settings
  readonly quoting: Quoting
  readonly submitter: Pick<Submitter, 'rehearse'>
  /** A node simulates: nothing counts as prepared that it has not run. */
  readonly simulates: boolean
  /** Liquidatable already: the block path has it. */
  readonly isKnown: (place: string) => boolean
  readonly isNewest: (head: Head) => boolean
  /** Something urgent is under way on this thread. */
  readonly busy: () => boolean
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Rehearsals that run side by side. */
const AT_ONCE = 4
/** The part of a block's time in which rehearsals are repeated that would still count for the next block. */
const EARLY_SHARE = 0.25

/**
 * Between the blocks: whoever is near the threshold gets plan, route and gas at the price that would open it, and its call
 * is run as if that price had landed. Works in short slices and within a budget; the positions with the most to gain and the
 * shortest way to go come first.
 */
export class Preparing {
  readonly book: PreparedBook
  private next: { readonly head: Head; readonly watches: readonly MarketWatch[] } | null = null
  private running: Promise<void> | null = null
  private ended = false
  /** Place → block before which it is left alone: it does not pay. */
  private readonly idle = new Map<string, number>()

  constructor(private readonly options: PreparingOptions) {
    const { quoting } = options
    this.book = new PreparedBook((head) => quoting.ready(head))
  }

  /** A new block was decided: everything is brought up to it. Returns at once. */
  atHead(head: Head, watches: readonly MarketWatch[]): void {
    if (this.ended || this.options.settings.prepareHealthFactor <= 1) return
    this.next = { head, watches }
    this.running ??= this.run()
  }

  get isRunning(): boolean {
    return this.running !== null
  }

  stop(): void {
    this.ended = true
    this.next = null
  }

  private async run(): Promise<void> {
    for (let work = this.next; work !== null; work = this.next) {
      this.next = null
      const { metrics, logger } = this.options
      try {
        metrics.observe('prepare_seconds', await this.round(work.head, work.watches))
        metrics.gauge('prepared', this.book.count(work.head))
      } catch (error) {
        metrics.count('prepare_failures')
        logger.warn('prepare', { block: work.head.number, problem: messageOf(error) })
      }
    }
    this.running = null
  }

  /** One block's preparation; returns the seconds of this thread that it took. */
  private async round(head: Head, watches: readonly MarketWatch[]): Promise<number> {
    const { chain, settings, quoting, busy, isKnown, isNewest } = this.options
    const slices = new Slices((chain.blockTimeSeconds * settings.prepareCpuPercent) / 100, busy)
    const isOver = (): boolean => this.ended || !isNewest(head) || slices.isSpent
    const horizon = horizonOf(head, chain, settings)
    for (const [place, until] of this.idle) if (until <= head.number) this.idle.delete(place)
    const leave = (place: string): boolean => isKnown(place) || this.idle.has(place)
    const request = { head, watches, timestamp: horizon.timestamp, limit: settings.prepareHealthFactor }
    const prospects = await prospectsOf({ ...request, book: this.book, leave }, slices)
    this.book.retain(new Set(prospects.map(({ near }) => placeOf(near))))
    const targets: Target[] = []
    for (const { near, watch } of prospects) {
      if (isOver()) break
      const imagined = await slices.run(() => watch.imagine(near.position, near.answers, head, horizon))
      if (imagined !== null) targets.push({ near, watch, imagined })
    }
    if (targets.length === 0) return slices.seconds
    const found = targets.map(({ imagined }) => imagined.liquidatable)
    const supplies = await quoting.supplies(found, head)
    await this.prepare(targets, head, supplies, slices, isOver)
    return slices.seconds
  }

  /** A few at a time, those first whose rehearsal is about to run out. */
  private async prepare(
    targets: readonly Target[],
    head: Head,
    supplies: Supplies,
    slices: Slices,
    isOver: () => boolean,
  ): Promise<void> {
    const early = performance.now() + this.options.chain.blockTimeSeconds * EARLY_SHARE * 1000
    const isDue = ({ near }: Target): boolean => head.number - (this.book.get(placeOf(near))?.passedAt ?? -Infinity) > 1
    const due = targets.filter(isDue)
    const repeated = targets.filter((target) => !isDue(target))
    for (const [group, until] of [
      [due, Infinity],
      [repeated, early],
    ] as const)
      for (let i = 0; i < group.length && !isOver() && performance.now() < until; i += AT_ONCE)
        await Promise.all(group.slice(i, i + AT_ONCE).map((target) => this.one(target, head, supplies, slices)))
  }

  /** One that cannot be computed is not prepared, and does not end the round for the others. */
  private async one(target: Target, head: Head, supplies: Supplies, slices: Slices): Promise<void> {
    const { quoting, logger } = this.options
    const place = placeOf(target.near)
    try {
      const found = await searchWays(target, this.book.get(place), head, supplies, quoting, slices)
      if (found !== null) {
        await this.rehearse(target, found, head)
        return
      }
    } catch (error) {
      logger.warn('prepare', { position: place, problem: messageOf(error) })
    }
    this.book.drop(place)
    this.idle.set(place, head.number + SEARCH_EVERY)
  }

  /** Runs the call as if the price had landed. What fails is not prepared. */
  private async rehearse(target: Target, found: Found, head: Head): Promise<void> {
    const { position, opportunity, together } = found
    const outcome = await this.passes(target, opportunity, head)
    if (outcome === 'unknown') return
    if (outcome === 'failed') {
      this.book.drop(placeOf(position.near))
      return
    }
    const all = together === null || (await this.passes(target, together, head)) === 'passed'
    const ways = all ? position.ways : position.ways.filter(({ sequel }) => sequel === undefined)
    this.book.keep({ ...position, ways, passedAt: head.number })
  }

  private async passes(
    { watch, imagined }: Target,
    opportunity: Opportunity,
    head: Head,
  ): Promise<'passed' | 'failed' | 'unknown'> {
    const { simulates, submitter, metrics } = this.options
    if (!simulates) return 'passed'
    const prices = pricesOverride(watch.assumptionsOf(imagined.update))
    const refusal = await submitter.rehearse(opportunity, head, prices)
    metrics.count('rehearsals', { outcome: refusal?.code ?? 'passed' })
    if (refusal === null) return 'passed'
    return refusal.code === 'not-simulated' ? 'unknown' : 'failed'
  }
}
