import type { FeedId } from '../domain/prices.js'
import type { RowEntry, Slot, SlotWeights } from '../domain/strategy.js'
import type { Arena } from './arena.js'
import { inwardSteps, isCertain } from './certain.js'
import type { Collector } from './collector.js'
import { weightTable } from './columns.js'
import { DraftRow } from './draft-row.js'
import { LANES } from './widths.js'
import { tableLength } from './layout.js'
import { MarketRows } from './market-rows.js'
import { afterPrices, slotsByFeed } from './price-weights.js'

/** What all markets of one process share. */
export interface ScanHost {
  readonly arena: Arena
  readonly collector: Collector
}

/** Positions that may be liquidatable, by number. */
export interface Hits {
  readonly ids: Uint32Array<ArrayBuffer>
  /** `hot`: the prefix of the hot copy was enough; `full`: every row was looked at. */
  readonly how: 'hot' | 'full'
  /** Rows looked at. */
  readonly rows: number
  /** How far the weights had moved from the reference epoch's; Infinity where every row was looked at. */
  readonly rho: number
}

/** Bytes this market takes, by `byteLength`. */
export interface MarketMemory {
  /** Rows and the way to them: what a full scan and an update of a row touch. */
  readonly scan: number
  readonly total: number
}

/**
 * The scan of one market, by dense position numbers: rows in, weights in, hits out. Answers on the calling thread.
 *
 * `scan` takes a block's weights and makes them the base; `ask` and `price` are pure questions on top of it that landed
 * rounds, pending transmissions and what-ifs share.
 */
export class MarketScan {
  readonly rows: MarketRows
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
    this.table = this.newTable()
  }

  /** The base weights of the last `scan`. */
  get base(): SlotWeights | null {
    return this.weights
  }

  /** What slots mean. Old rows must mean the same under it (appended slots); otherwise `clear` and write all rows again. */
  describe(slots: readonly Slot[]): void {
    if (this.rows.slots === slots) return
    if (this.rows.describe(slots)) this.table = this.newTable()
    this.steps = inwardSteps(slots)
  }

  /** Writes or replaces a row; exact stored amounts. No entries remove it. Throws `RangeError` for an unknown slot. */
  set(id: number, entries: readonly RowEntry[]): void {
    this.rows.set(id, entries)
  }

  /** The same from columns, entries `from` to `to` (exclusive). */
  setColumns(id: number, slots: ArrayLike<number>, amount: (entry: number) => bigint, from: number, to: number): void {
    this.rows.setColumns(id, slots, amount, from, to)
  }

  /** Forgets all rows. */
  clear(): void {
    this.rows.clear()
  }

  /** Takes `weights` as the new base and answers for them. */
  scan(weights: SlotWeights): Hits {
    this.weights = weights
    this.byFeed = null
    this.describe(weights.slots)
    return this.ask(weights)
  }

  /** Hits at any weights over the same slots; changes nothing. */
  ask(weights: SlotWeights): Hits {
    return this.full(weights)
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
    this.table.set(weights.f64)
    const { table, wide } = this.rows
    const question = { wide, table: this.tableAt, tolerance: weights.tolerance }
    for (const { columns, used } of table.chunks) {
      if (used === 0) continue
      const { width, amountsAt, slotsAt, idsAt } = columns
      const span = { width, amountsAt, slotsAt, idsAt, blocks: Math.ceil(used / LANES) }
      this.host.collector.scan(span, question)
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
    return { scan, total: scan + this.table.byteLength }
  }

  private newTable(): Float64Array {
    const { wide } = this.rows
    this.tableAt = this.host.arena.allocate(tableLength(wide) * 8)
    return weightTable(this.host.arena.memory.buffer, this.tableAt, wide)
  }
}
