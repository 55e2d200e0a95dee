import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FeedId } from '../../src/domain/prices.js'
import type { RowChange } from '../../src/domain/weights.js'
import { addressOf } from './addresses.js'
import type { Ledger } from './ledger.js'
import type { Said } from './live-truth.js'
import { feedOf } from './market.js'
import { OwnGarbage } from './own-garbage.js'
import type { Random } from './random.js'
import { type RowEvent, Stream, type StreamEvent, applyToMarket } from './stream.js'
import type { Answer, Subject } from './subject.js'
import { BenchWeights } from './weights.js'

/** One price update: how long it took, how far the weights were from the epoch's, how many rows were looked at. */
export interface Query {
  readonly us: number
  readonly rho: number
  readonly rows: number
  readonly found: number
}

export interface LiveResult {
  readonly queries: readonly Query[]
  /** Of the queries with rho ≤ 1.02. */
  readonly hotUs: readonly number[]
  readonly deltaMs: readonly number[]
  /** Per event, the longest the main thread can have been held: see `holdOf`. */
  readonly stallMs: readonly number[]
  /** Bytes the scanner allocated per event. */
  readonly garbage: readonly number[]
  /** Of updates after a pass over all positions that leaves nothing of the scanner in the caches. */
  readonly evictedUs: readonly number[]
  /** Every answer, for `missedIn`. */
  readonly said: readonly Said[]
  readonly undecided: number
}

export const HOT_RHO = 1.02
const WARM_UPS = 4_000
/**
 * Events at the beginning that are answered and checked like all others and not timed, as a share of those that are: the
 * engine goes on compiling what runs seldom for some thousand turns of the event loop, on a thread that takes this one's core.
 */
const UNTIMED_SHARE = 2
const LEAST_UNTIMED = 320
const untimedOf = (timed: number): number => Math.max(LEAST_UNTIMED, UNTIMED_SHARE * timed)

/** How many events a stream has of which `timed` are timed. */
export const eventsOf = (timed: number): number => untimedOf(timed) + timed
const EVICTED = 100

const elapsedMs = (since: bigint): number => Number(process.hrtime.bigint() - since) / 1e6

/** Rows as a strategy hands them over, made before the clock starts. */
const rowChanges = (events: readonly RowEvent[]): RowChange[] =>
  events.map(({ position, entries }) => ({
    position: addressOf(position),
    entries: entries.map(({ slot, scaled }) => ({ slot, amount: scaled })),
  }))

/**
 * A live stream against the scanner: events spaced by timers so that the process idles between them, the worker rebuilding
 * meanwhile. Answers are kept; the exact truth is worked out when the stream is over (`missedIn`): in between it would fill
 * the caches with a hundred megabytes that no keeper reads.
 */
export class LiveRun {
  private readonly queries: Query[] = []
  private readonly deltaMs: number[] = []
  private readonly stallMs: number[] = []
  private readonly stream: Stream
  private readonly weights: BenchWeights
  /** Prices since the last block. */
  private readonly changes = new Map<FeedId, bigint>()
  private block = 1
  /** Who the scanner named last: the stream liquidates some of them. */
  private below: readonly number[] = []
  private readonly garbage = new OwnGarbage()
  private readonly said: Said[] = []

  constructor(
    private readonly ledger: Ledger,
    private readonly subject: Subject,
    private readonly random: Random,
  ) {
    this.stream = new Stream(ledger, random)
    this.weights = new BenchWeights(ledger.market)
  }

  async run(events: number, progress: (done: number) => void): Promise<LiveResult> {
    this.keep({ prices: [], rows: [], indexes: [] }, this.subject.block(this.weights.at(this.block)))
    await this.subject.settled() // the first reference epoch
    this.warmUp()
    for (let i = 0; i < eventsOf(events); i++) {
      progress(i)
      if (i === untimedOf(events)) this.forgetTimes()
      const event = this.stream.next(this.below)
      const rows = rowChanges(event.rows)
      this.garbage.clear()
      const before = performance.eventLoopUtilization()
      await sleep(this.random.between(2, 8))
      // whatever ran on this thread meanwhile was the scanner's: answers of its worker, the change of epochs
      const inTheGap = performance.eventLoopUtilization(before).active
      const started = process.hrtime.bigint()
      const answer = rows.length > 0 ? this.atBlock(event, rows) : this.betweenBlocks(event)
      this.stallMs.push(Math.max(inTheGap, elapsedMs(started)))
      this.garbage.note()
      this.keep(event, answer)
    }
    const { queries, deltaMs, stallMs, said } = this
    const hotUs = queries.filter(({ rho }) => rho <= HOT_RHO).map(({ us }) => us)
    const undecided = said.reduce((sum, answer) => sum + answer.undecided.length, 0)
    const evictedUs = await this.evicted()
    return { queries, hotUs, deltaMs, stallMs, garbage: this.garbage.bytes, evictedUs, said, undecided }
  }

  /** What was timed while the engine still compiled the way of a block; the answers stay and are checked. */
  private forgetTimes(): void {
    for (const times of [this.queries, this.deltaMs, this.stallMs, this.garbage.bytes]) times.length = 0
  }

  /** More of the stream's price updates, each when a pass over all positions has just gone through the caches. */
  private async evicted(): Promise<number[]> {
    const times: number[] = []
    this.changes.clear()
    for (let i = 0; i < EVICTED; i++) {
      for (const { reserve, price } of this.stream.next(this.below).prices) this.changes.set(feedOf(reserve), price)
      this.ledger.belowOne()
      await sleep(this.random.between(2, 8))
      const asked = process.hrtime.bigint()
      const { rho } = this.subject.price(this.changes)
      const us = elapsedMs(asked) * 1000
      if (rho <= HOT_RHO) times.push(us)
      if (i % 8 === 7) this.changes.clear()
    }
    return times
  }

  /** A keeper has answered thousands of updates before the one that counts: the engine has compiled what answers them. */
  private warmUp(): void {
    const { price } = this.ledger.market
    for (let i = 0; i < WARM_UPS; i++) {
      const reserve = i % price.length
      const changes = new Map([[feedOf(reserve), price[reserve] ?? 1n]])
      this.subject.price(changes.set(feedOf((reserve + 7) % price.length), price[(reserve + 7) % price.length] ?? 1n))
    }
  }

  /** Rows and indexes, then who: one synchronous run, as the keeper does it. */
  private atBlock(event: StreamEvent, rows: readonly RowChange[]): Answer {
    const { market } = this.ledger
    const started = process.hrtime.bigint()
    this.subject.update(rows)
    applyToMarket(market, event)
    for (const { reserve } of event.indexes) this.weights.reindex(reserve)
    this.deltaMs.push(elapsedMs(started))
    for (const { reserve } of event.prices) this.weights.reprice(reserve)
    this.changes.clear()
    const weights = this.weights.at(++this.block)
    return this.ask(() => this.subject.block(weights))
  }

  private betweenBlocks(event: StreamEvent): Answer {
    applyToMarket(this.ledger.market, event)
    for (const { reserve, price } of event.prices) {
      this.weights.reprice(reserve)
      this.changes.set(feedOf(reserve), price)
    }
    return this.ask(() => this.subject.price(this.changes))
  }

  private ask(question: () => Answer): Answer {
    const asked = process.hrtime.bigint()
    const answer = question()
    const us = elapsedMs(asked) * 1000
    this.queries.push({ us, rho: answer.rho, rows: answer.rows, found: answer.found })
    return answer
  }

  private keep(event: StreamEvent, answer: Answer): void {
    for (const { position, entries } of event.rows) this.ledger.set(position, entries)
    const { certain, undecided } = answer.read()
    this.below = [...certain, ...undecided]
    this.said.push({ event, certain, undecided })
  }
}
