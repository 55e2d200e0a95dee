import type { FeedId } from '../domain/prices.js'
import type { RowEntry, Slot, SlotWeights } from '../domain/strategy.js'
import { inwardSteps, isCertain } from './certain.js'
import type { Question } from './collector.js'
import { weightTable } from './columns.js'
import { DraftRow } from './draft-row.js'
import { HotIndex } from './hot-index.js'
import { LANES } from './widths.js'
import { tableLength } from './layout.js'
import { MarketRows } from './market-rows.js'
import { MarketWork } from './market-work.js'
import { afterPrices, slotsByFeed } from './price-weights.js'
import type { Hits, MarketMemory, ScanHost } from './scan-host.js'

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
  private byFeed: ReadonlyMap<FeedId, readonly number[]> | null = null
  private steps: Float64Array = new Float64Array(0)
  private tableAt = 0
  private table: Float64Array
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
    if (this.rows.slots === slots) return
    if (this.rows.describe(slots)) {
      this.table = this.newTable()
      this.forgetHot()
    }
    this.steps = inwardSteps(slots)
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
    this.byFeed = null
    this.describe(weights.slots)
    const hits = this.ask(weights)
    this.work.engage(weights, hits)
    return hits
  }

  /** Hits at any weights over the same slots; changes nothing. */
  ask(weights: SlotWeights): Hits {
    const rho = this.rows.signed ? Infinity : this.hot.rho(weights)
    const rows = this.hot.scan(rho, this.host.collector, this.question(weights))
    return rows === null ? this.full(weights) : { ids: this.host.collector.drain(), how: 'hot', rows, rho }
  }

  /** Hits with a health factor below `limit` at the base weights: debts count `limit` times. */
  watchlist(limit: number): Hits | null {
    if (this.weights === null) return null
    const { slots, f64 } = this.weights
    return this.ask({ ...this.weights, f64: f64.map((w, slot) => (slots[slot]?.kind === 'debt' ? w * limit : w)) })
  }

  /** Hits at the base weights with some prices changed; null when only the strategy can make the weights (then `ask`). */
  price(changes: ReadonlyMap<FeedId, bigint>): Hits | null {
    const weights = this.after(changes)
    return weights && this.ask(weights)
  }

  /** The base weights with some prices changed, without bigint work; null where `factors` do not tell. */
  after(changes: ReadonlyMap<FeedId, bigint>): SlotWeights | null {
    if (this.weights === null) return null
    this.byFeed ??= slotsByFeed(this.weights)
    return afterPrices(this.weights, this.byFeed, changes)
  }

  /** Hits at `weights` by looking at every row. */
  full(weights: SlotWeights): Hits {
    const question = this.question(weights)
    for (const { columns, used } of this.rows.table.chunks) {
      if (used === 0) continue
      const { width, amountsAt, slotsAt, idsAt } = columns
      this.host.collector.scan({ width, amountsAt, slotsAt, idsAt, blocks: Math.ceil(used / LANES) }, question)
    }
    return { ids: this.host.collector.drain(), how: 'full', rows: this.rows.size, rho: Infinity }
  }

  /** True when the position is liquidatable at `weights` beyond any rounding; false asks for exact integers. */
  isCertain(id: number, { certain }: SlotWeights): boolean {
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

  private question({ f64, tolerance }: SlotWeights): Question {
    this.table.set(f64)
    return { wide: this.rows.wide, table: this.tableAt, tolerance }
  }

  private newTable(): Float64Array {
    const { wide } = this.rows
    this.tableAt = this.host.arena.allocate(tableLength(wide) * 8)
    return weightTable(this.host.arena.memory.buffer, this.tableAt, wide)
  }
}
