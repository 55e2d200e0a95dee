import type { SlotWeights } from '../domain/weights.js'
import type { Arena } from './arena.js'
import { LAST_BIN, binOf } from './bins.js'
import type { Collector, Question } from './collector.js'
import { DraftRow } from './draft-row.js'
import { HotCopy } from './hot-copy.js'
import { HotTail, isTail } from './hot-tail.js'
import { IdLog } from './id-log.js'
import type { MarketRows } from './market-rows.js'
import { BATCH } from './position-ids.js'
import type { HotLayout } from './messages.js'
import { NONE } from './paged.js'
import { Reference } from './reference.js'
import { warmed } from './warm.js'

/** A new epoch when weights have moved this far, or so many rows changed. */
const REBUILD_RHO = 1.01
const REBUILD_TAIL = 2_000
/** Bytes of one copy at least: what makes a small market fit whole. */
const LEAST_BYTES = 65_536

interface Building {
  readonly copy: HotCopy
  readonly reference: Reference
  /** Positions whose rows were written since the worker was asked. */
  readonly log: IdLog
  void: boolean
}

/**
 * The rows that can be below 1 soon: a sorted copy made at the reference weights, rows changed since in a tail, and a second
 * copy that the worker fills meanwhile.
 *
 * Invariant while a copy is active: every row whose reference bin is ≤ `lastBin` is alive, with its present entries, exactly
 * once in copy or tail; no other version of it is alive.
 */
export class HotIndex {
  private readonly copies: readonly [HotCopy, HotCopy]
  private active: HotCopy | null = null
  private reference: Reference | null = null
  private building: Building | null = null
  private tail: HotTail
  /** Epochs that were taken over. */
  epochs = 0
  private readonly log = new IdLog()
  private readonly draft = new DraftRow()

  constructor(
    private readonly arena: Arena,
    private readonly rows: MarketRows,
    /** Bytes of one copy as a share of the rows'. */
    private readonly share: number,
  ) {
    this.copies = [new HotCopy(arena), new HotCopy(arena)]
    this.tail = new HotTail(arena, rows.wide)
  }

  /** See `MarketRows.warm`. */
  warm(ids: Uint32Array, count: number): void {
    let read = 0
    if (this.active !== null) for (let i = 0; i < count; i++) read ^= this.active.places.get(ids[i] ?? 0)
    warmed.read = read
  }

  /** A row was written or removed (no entries). */
  touch(id: number, row: DraftRow): void {
    this.building?.log.push(id)
    if (this.active !== null && this.reference !== null) this.replace(id, row, this.active, this.reference)
  }

  /** Forgets everything; a copy in the making is thrown away when it is done. */
  reset(): void {
    this.active = null
    this.reference = null
    if (this.building) this.building.void = true
    this.tail.clear()
    if (this.tail.wide === this.rows.wide) return
    this.tail.release()
    this.tail = new HotTail(this.arena, this.rows.wide)
  }

  /** rho of `weights` against the epoch; infinite without one. */
  rho(f64: Float64Array, tolerance: number): number {
    return this.reference?.rho(f64, tolerance) ?? Infinity
  }

  /** Looks at the rows that can be found at `rho`. Returns how many, or null when all rows must be looked at. */
  scan(rho: number, collector: Collector, question: Question): number | null {
    const { active } = this
    if (active === null || !Number.isFinite(rho)) return null
    const bin = binOf(rho)
    if (bin > active.lastBin) return null
    return this.tail.scan(bin, collector, question) + active.scan(bin, collector, question)
  }

  /** True when a new epoch is worth the worker's time. */
  isDue(rho: number): boolean {
    return this.building === null && (this.active === null || rho > REBUILD_RHO || this.tail.size > REBUILD_TAIL)
  }

  /** Chooses the copy to be filled and logs changes from now on. `limit` is above every position number. */
  begin(weights: SlotWeights, limit: number): { readonly copy: HotCopy; readonly reference: Reference } {
    const copy = this.active === this.copies[0] ? this.copies[1] : this.copies[0]
    copy.reserve(Math.max(LEAST_BYTES, Math.ceil(this.rows.table.bytes * this.share)), limit)
    const reference = new Reference(weights)
    this.log.clear()
    this.building = { copy, reference, log: this.log, void: false }
    return { copy, reference }
  }

  /** The copy is filled: replays what changed meanwhile and goes over to it. */
  finish(layout: HotLayout): void {
    const { building } = this
    this.building = null
    if (building === null || building.void) return
    const { copy, reference, log } = building
    copy.open(layout, this.rows.wide)
    this.tail.clear()
    this.active = copy
    this.reference = reference
    this.epochs++
    this.replay(Uint32Array.from(log.distinct()), copy, reference)
  }

  /** In batches whose waits for memory overlap: each of these rows lies somewhere else. */
  private replay(ids: Uint32Array, copy: HotCopy, reference: Reference): void {
    for (let from = 0; from < ids.length; from += BATCH) {
      const batch = ids.subarray(from, from + BATCH)
      this.rows.warm(batch, batch.length)
      this.warm(batch, batch.length)
      for (const id of batch) {
        if (!this.rows.read(id, this.draft)) this.draft.length = 0
        this.replace(id, this.draft, copy, reference)
      }
    }
  }

  get bytes(): number {
    return this.copies[0].bytes + this.copies[1].bytes + this.tail.bytes
  }

  private replace(id: number, row: DraftRow, copy: HotCopy, reference: Reference): void {
    const { places } = copy
    const old = places.get(id)
    const bin = row.length > 0 ? reference.bin(row) : LAST_BIN
    const wanted = bin <= copy.lastBin
    if (old !== NONE) {
      if (!isTail(old)) copy.bury(old)
      else if (wanted && this.tail.rewrite(old, id, row, bin)) return
      else this.tail.remove(old)
    }
    if (wanted) places.set(id, this.tail.add(id, row, bin))
    else if (old !== NONE) places.set(id, NONE)
  }
}
