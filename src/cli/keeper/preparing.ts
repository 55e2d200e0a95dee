import type { ChainConfig } from '../../config/market-file.js'
import type { Settings } from '../../config/settings.js'
import type { Head } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import type { Opportunity } from '../../domain/opportunity.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import { pricesOverride } from '../../execution/executor/override.js'
import type { Submitter } from '../../execution/submitter.js'
import { bestLeg } from '../../profit/best-leg.js'
import { combine } from '../../profit/combine.js'
import { startOf, type ProfitContext } from '../../profit/context.js'
import type { PoolBook } from '../../profit/pool-book.js'
import { largestLeg, wayOf } from '../../profit/prepared-leg.js'
import type { QuotedLeg } from '../../profit/trial.js'
import { horizonOf } from './horizon.js'
import type { Imagined, MarketWatch } from './market-watch.js'
import type { Near } from './nearness.js'
import { PreparedBook, type PreparedPosition } from './prepared-book.js'
import type { Quoting, Supplies } from './quoting.js'
import { placeOf } from './suspects.js'
import { Slices } from './slices.js'

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

/** Positions that are prepared at once, and rehearsals that run side by side. */
const MOST = 256
const AT_ONCE = 4
/** Blocks for which the ways of a position stand before they are searched again, and one that does not pay is left alone. */
const SEARCH_EVERY = 4
/** The part of a block's time in which rehearsals are repeated that would still count for the next block. */
const EARLY_SHARE = 0.25
/** A round moves a price by about so much: whoever is nearer than that is as likely as anybody to be next. */
const USUAL_MOVE = 0.002

interface Target {
  readonly near: Near
  readonly watch: MarketWatch
  readonly imagined: Imagined
}

/**
 * Between the blocks: whoever is near the threshold gets plan, route and gas at the price that would open it, and its call
 * is run as if that price had landed. Works in short slices and within a budget; the positions with the most to gain and the
 * shortest way to go come first.
 */
export class Preparing {
  readonly book = new PreparedBook()
  private next: { readonly head: Head; readonly watches: readonly MarketWatch[] } | null = null
  private running: Promise<void> | null = null
  private ended = false
  /** Place → block before which it is not looked at again: it does not pay. */
  private readonly idle = new Map<string, number>()

  constructor(private readonly options: PreparingOptions) {}

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
        const seconds = await this.round(work.head, work.watches)
        metrics.observe('prepare_seconds', seconds)
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
    const { chain, settings, quoting, busy, isNewest } = this.options
    const slices = new Slices((chain.blockTimeSeconds * settings.prepareCpuPercent) / 100, busy)
    const isOver = (): boolean => this.ended || !isNewest(head) || slices.isSpent
    const near = await this.near(head, watches, slices)
    this.book.retain(new Set(near.map(({ one }) => placeOf(one))))
    const targets: Target[] = []
    for (const { one, watch } of near) {
      if (isOver()) break
      const imagined = await slices.run(() =>
        watch.imagine(one.position, one.answers, head, horizonOf(head, chain, settings)),
      )
      if (imagined !== null) targets.push({ near: one, watch, imagined })
    }
    if (targets.length === 0) return slices.seconds
    const supplies = await quoting.supplies(
      targets.map(({ imagined }) => imagined.liquidatable),
      head,
    )
    this.book.stock(supplies)
    await this.prepareAll(targets, head, supplies, slices, isOver)
    return slices.seconds
  }

  /** Who is near, the most urgent first. */
  private async near(
    head: Head,
    watches: readonly MarketWatch[],
    slices: Slices,
  ): Promise<{ readonly one: Near; readonly watch: MarketWatch }[]> {
    const { chain, settings, isKnown } = this.options
    const found: { readonly one: Near; readonly watch: MarketWatch; readonly urgency: number }[] = []
    for (const watch of watches) {
      const { timestamp } = horizonOf(head, chain, settings)
      const positions = await slices.run(() => watch.watchlist(settings.prepareHealthFactor))
      const nearest = await slices.run(() => watch.nearestAt(head, timestamp))
      for (const position of positions) {
        const place = placeOf({ market: watch.id, position })
        if (isKnown(place) || (this.idle.get(place) ?? 0) > head.number) continue
        const one = await slices.run(() => nearest(position))
        if (one === null) continue
        // never prepared: in the middle, so that it gets its turn
        const gain = Number(this.book.get(place)?.netWei ?? 10n ** 17n) / 1e18
        found.push({ one, watch, urgency: gain / (one.distance + USUAL_MOVE) })
      }
    }
    return found.sort((a, b) => b.urgency - a.urgency).slice(0, MOST)
  }

  /** Those whose rehearsal is about to run out first. */
  private async prepareAll(
    targets: readonly Target[],
    head: Head,
    supplies: Supplies,
    slices: Slices,
    isOver: () => boolean,
  ): Promise<void> {
    const early = performance.now() + this.options.chain.blockTimeSeconds * EARLY_SHARE * 1000
    const age = ({ near }: Target): number => head.number - (this.book.get(placeOf(near))?.passedAt ?? -Infinity)
    const due = [...targets].sort((a, b) => Math.min(2, age(b)) - Math.min(2, age(a)))
    for (let i = 0; i < due.length && !isOver(); i += AT_ONCE) {
      const rehearsals: Promise<void>[] = []
      for (const target of due.slice(i, i + AT_ONCE)) {
        // it counts for this block and the next one
        if (age(target) < 2 && performance.now() > early) return
        const made = await this.search(target, head, supplies, slices)
        if (made !== null) rehearsals.push(this.rehearse(target, made, head))
      }
      await Promise.all(rehearsals)
    }
  }

  /** Ways of a position and the transaction to rehearse; null where it does not pay. */
  private async search(
    { near, watch, imagined }: Target,
    head: Head,
    { book, data }: Supplies,
    slices: Slices,
  ): Promise<{ readonly position: PreparedPosition; readonly opportunity: Opportunity } | null> {
    const sight = { head, watches: [watch], opinions: [imagined] }
    const context = this.options.quoting.contextOf(sight, data)
    const plans = imagined.liquidatable.choices.filter((choice) => 'at' in choice)
    const known = this.book.get(placeOf(near))
    const isCurrent = known !== undefined && head.number - known.searchedAt < SEARCH_EVERY
    const legs: QuotedLeg[] = []
    if (!isCurrent) {
      for (const plan of plans) {
        const leg = await slices.run(() => bestLeg(plan, context, startOf(book)))
        if ('parts' in leg) legs.push(leg)
      }
    }
    const ways = isCurrent ? known.ways : legs.map(wayOf)
    const best = ways.reduce((a, b) => (a === undefined || b.netWei > a.netWei ? b : a), ways[0])
    const plan = plans.find((one) => one.collateral.address === best?.collateral && one.debt.address === best.debt)
    const opportunity =
      plan === undefined || best === undefined
        ? null
        : await slices.run(() => transactionOf(largestLeg(plan, best, context, startOf(book)), context, book))
    if (opportunity === null || best === undefined) {
      this.book.drop(placeOf(near))
      this.idle.set(placeOf(near), head.number + SEARCH_EVERY)
      return null
    }
    const searchedAt = isCurrent ? known.searchedAt : head.number
    const position = { near, ways, searchedAt, passedAt: known?.passedAt ?? null, netWei: best.netWei }
    return { position, opportunity }
  }

  /** Runs the call as if the price had landed. What fails is not prepared. */
  private async rehearse(
    { near, watch, imagined }: Target,
    { position, opportunity }: { readonly position: PreparedPosition; readonly opportunity: Opportunity },
    head: Head,
  ): Promise<void> {
    if (!this.options.simulates) {
      this.book.keep(position)
      return
    }
    const prices = pricesOverride(watch.assumptionsOf(imagined.update))
    const refusal = await this.options.submitter.rehearse(opportunity, head, prices)
    if (refusal === null) this.book.keep({ ...position, passedAt: head.number })
    else if (refusal.code !== 'not-simulated') this.book.drop(placeOf(near))
    this.options.metrics.count('rehearsals', { outcome: refusal?.code ?? 'passed' })
  }
}

function transactionOf(leg: QuotedLeg | null, context: ProfitContext, book: PoolBook): Opportunity | null {
  const first = leg?.parts[0]
  if (leg === null || first === undefined) return null
  const quote = { market: first.market, position: first.position, plans: [first.plan], leg, refusal: null }
  return combine([quote], context, book).opportunity
}
