import type { CertainWeights, RowEntry, Slot, SlotWeights } from '../domain/weights.js'
import { inwardSteps, isCertain } from './certain.js'
import type { Question } from './collector.js'
import { weightTable } from './columns.js'
import { DraftRow } from './draft-row.js'
import { HotIndex } from './hot-index.js'
import { tableLength } from './layout.js'
import { MarketRows } from './market-rows.js'
import { MarketWork } from './market-work.js'
import { type PriceChanges, type Priced, type SlotsByFeed, pricedBy, reprice, slotsByFeed } from './price-weights.js'
import type { Hits, MarketMemory, ScanHost } from './scan-host.js'

/** At a rho below it the hot prefix is some thousand rows (`Question.few`). */
const FEW_BELOW = 1.01

/**
 * The scan of one market, by dense position numbers: rows in, weights in, hits out. Answers on the calling thread.
 *
 * `scan` takes a block's weights and makes them the base; `ask` and `price` are pure questions on top of it that landed
 * rounds, pending transmissions and what-ifs share.
 */
export class MarketScan {
  readonly rows: MarketRows
  private readonly hot: HotIndex
  private readonly work: MarketWork
  private weights: SlotWeights | null = null
  private byFeed: SlotsByFeed = slotsByFeed([])
  /** What the last `price` was asked, for `rehearse`. */
  private lastPriced: Priced = []
  private steps: Float64Array = new Float64Array(0)
  private tableAt = 0
  /** The weights of the question that is being asked. */
  private table: Float64Array
  /** How many of them the question before wrote. */
  private filled = 0
  private readonly draft = new DraftRow()

  constructor(
    readonly name: string,
    private readonly host: ScanHost,
  ) {
    this.rows = new MarketRows(host.arena)
    this.hot = new HotIndex(host.arena, this.rows, host.hotShare)
    this.work = new MarketWork(name, host, this.rows, this.hot)
    this.table = this.newTable()
  }

  /** The base weights of the last `scan`. */
  get base(): SlotWeights | null {
    return this.weights
  }

  /** Reference epochs so far. */
  get epochs(): number {
    return this.hot.epochs
  }

  /** What slots mean. Old rows must mean the same under it (appended slots); otherwise `clear` and write all rows again. */
  describe(slots: readonly Slot[]): void {
    const what = this.rows.describe(slots)
    if (what === 'known') return
    if (what === 'moved') {
      this.table = this.newTable()
      this.forgetHot()
    }
    this.steps = inwardSteps(slots)
    this.byFeed = slotsByFeed(slots)
    this.lastPriced = []
  }

  /** Writes or replaces a row; exact stored amounts. No entries remove it. Throws `RangeError` for an unknown slot. */
  set(id: number, entries: readonly RowEntry[]): void {
    this.rows.set(id, entries)
    this.touch(id)
  }

  /** The same from columns, entries `from` to `to` (exclusive). */
  setColumns(id: number, slots: ArrayLike<number>, amount: (entry: number) => bigint, from: number, to: number): void {
    this.rows.setColumns(id, slots, amount, from, to)
    this.touch(id)
  }

  /** Reads what `set` will change of these positions, so that their waits for memory overlap. */
  warm(ids: Uint32Array, count: number): void {
    this.rows.warm(ids, count)
    this.hot.warm(ids, count)
  }

  /** Forgets all rows. */
  clear(): void {
    this.rows.clear()
    this.forgetHot()
  }

  /** Drops the hot prefix: every answer is a full scan until the worker has made a new one. */
  forgetHot(): void {
    this.work.forget()
  }

  /** Takes a block's `weights` as the new base and answers for them. Gives the worker what is due. */
  scan(weights: SlotWeights): Hits {
    this.weights = weights
    this.describe(weights.slots)
    const hits = this.ask(weights)
    this.work.engage(weights, hits)
    return hits
  }

  /** Hits at any weights over the same slots; changes nothing. */
  ask({ f64, tolerance }: SlotWeights): Hits {
    this.fill(f64)
    return this.find(tolerance)
  }

  /** Hits with a health factor below `limit` at the base weights: debts count `limit` times. */
  watchlist(limit: number): Hits | null {
    if (this.weights === null) return null
    const { slots, f64 } = this.weights
    return this.ask({ ...this.weights, f64: f64.map((w, slot) => (slots[slot]?.kind === 'debt' ? w * limit : w)) })
  }

  /** What `changes` mean for the slots; null when only the strategy can make the weights (then `ask`). */
  priced(changes: PriceChanges): Priced | null {
    return this.weights?.factors === undefined ? null : pricedBy(changes, this.byFeed)
  }

  /** Hits at the base weights with some prices changed. Throws `RangeError` where `priced` was null. */
  price(priced: Priced): Hits {
    const { weights, byFeed } = this
    if (weights?.factors === undefined) throw new RangeError('these weights cannot be priced by factors')
    this.fill(weights.f64)
    this.lastPriced = priced
    reprice(this.table, weights.factors.outward, byFeed, priced)
    return this.find(weights.tolerance)
  }

  /** Asks the last question of the hot prefix once more and drops the answer (`KeepWarm`). Never a full scan. */
  rehearse(): void {
    const { weights, byFeed, host, lastPriced } = this
    if (weights === null || this.rows.signed) return
    const { f64, factors, tolerance } = weights
    this.fill(f64)
    if (factors !== undefined) reprice(this.table, factors.outward, byFeed, lastPriced)
    const rho = this.hot.rho(this.table, tolerance)
    this.hot.scan(rho, host.collector, this.question(tolerance, rho < FEW_BELOW))
    host.collector.forget()
  }

  /** The inward side of `base` with some prices changed: what `isCertain` takes after `price`. */
  certainAfter(base: SlotWeights, priced: Priced): CertainWeights | undefined {
    const { certain, factors } = base
    if (certain === undefined || factors === undefined) return undefined
    const f64 = certain.f64.slice()
    reprice(f64, factors.certain, this.byFeed, priced)
    return { f64, tolerance: certain.tolerance }
  }

  /** Hits at `weights` by looking at every row. */
  full({ f64, tolerance }: SlotWeights): Hits {
    this.fill(f64)
    return this.everyRow(tolerance)
  }

  /** True when the position is liquidatable at these weights beyond any rounding; false asks for exact integers. */
  isCertain(id: number, certain: CertainWeights | undefined): boolean {
    if (certain === undefined || !this.rows.read(id, this.draft)) return false
    return isCertain(this.draft, this.steps, certain.f64, certain.tolerance)
  }

  get memory(): MarketMemory {
    const scan = this.rows.bytes
    // the worker notes a u16 a row while it builds
    return { scan, total: scan + this.table.byteLength + this.hot.bytes + this.rows.size * 2 }
  }

  private touch(id: number): void {
    this.hot.touch(id, this.rows.draft)
    this.work.touch(id)
  }

  private find(tolerance: number): Hits {
    const { collector } = this.host
    const rho = this.rows.signed ? Infinity : this.hot.rho(this.table, tolerance)
    const rows = this.hot.scan(rho, collector, this.question(tolerance, rho < FEW_BELOW))
    return rows === null ? this.everyRow(tolerance) : { ids: collector.drain(), how: 'hot', rows, rho }
  }

  private everyRow(tolerance: number): Hits {
    const { collector } = this.host
    this.rows.table.scan(collector, this.question(tolerance, false))
    return { ids: collector.drain(), how: 'full', rows: this.rows.size, rho: Infinity }
  }

  /** Weights of slots that the last question had and this one lacks must not stay. */
  private fill(f64: Float64Array): void {
    if (f64.length < this.filled) this.table.fill(NaN, f64.length, this.filled)
    // not `set`: its code is far from this one, and a cold process waits for it
    for (let slot = 0; slot < f64.length; slot++) this.table[slot] = f64[slot] ?? NaN
    this.filled = f64.length
  }

  private question(tolerance: number, few: boolean): Question {
    return { wide: this.rows.wide, table: this.tableAt, tolerance, few }
  }

  private newTable(): Float64Array {
    const { wide } = this.rows
    this.filled = 0
    this.tableAt = this.host.arena.allocate(tableLength(wide) * 8)
    return weightTable(this.host.arena.memory.buffer, this.tableAt, wide)
  }
}
