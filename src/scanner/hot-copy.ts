import type { Arena } from './arena.js'
import { hotBucket, hotColumns, hotRow } from './build-epoch.js'
import type { Collector, Question } from './collector.js'
import type { Columns } from './columns.js'
import type { HotLayout } from './messages.js'
import { PAGE_BYTES, PAGE_IDS, PagedU32 } from './paged.js'
import { SpanTable } from './span-table.js'
import { LANES, WIDTHS } from './widths.js'

const NO_LAYOUT = { ends: new Uint32Array(0) }

/** One of the two copies of the rows nearest to liquidation. The worker fills it, the main thread reads and buries. */
export class HotCopy {
  /** Where a position's row lies: in this copy (`hotPlace`) or, while it is the active one, in the tail (`isTail`). */
  readonly places: PagedU32
  readonly pagesAt: number[] = []
  regionAt = 0
  regionBytes = 0
  private layout: HotLayout | null = null
  private columns: readonly Columns[] = []
  private readonly spans = new SpanTable()

  constructor(private readonly arena: Arena) {
    this.places = new PagedU32(() => {
      const at = arena.allocate(PAGE_BYTES)
      this.pagesAt.push(at)
      return new Uint32Array(arena.memory.buffer, at, PAGE_IDS)
    })
  }

  /** Room for about `bytes` of rows and for the places of ids below `limit`. Not while a worker fills this copy. */
  reserve(bytes: number, limit: number): void {
    this.layout = null
    // the worker fills the pages
    while (this.places.pages.length * PAGE_IDS < limit) this.places.grow()
    if (this.regionBytes >= bytes && this.regionBytes <= bytes * 2) return
    if (this.regionBytes > 0) this.arena.release(this.regionAt, this.regionBytes)
    this.regionAt = this.arena.allocate(bytes)
    this.regionBytes = bytes
  }

  open(layout: HotLayout, wide: boolean): void {
    this.layout = layout
    this.columns = hotColumns(this.arena.memory.buffer, layout, wide)
    this.spans.clear()
    for (const columns of this.columns) this.spans.push(columns)
  }

  get lastBin(): number {
    return this.layout?.lastBin ?? -1
  }

  /** Removes the row at a place of this copy; the caller changes `places`. */
  bury(place: number): void {
    this.columns[hotBucket(place)]?.bury(hotRow(place))
  }

  /** Looks at all rows up to `bin`, which must not be above `lastBin`. Returns how many rows those are. */
  scan(bin: number, collector: Collector, question: Question): number {
    const { ends } = this.layout ?? NO_LAYOUT
    let rows = 0
    for (let bucket = 0; bucket < WIDTHS.length; bucket++) {
      const count = ends[bin * WIDTHS.length + bucket] ?? 0
      if (count === 0) continue
      rows += count
      collector.scan(this.spans.at(bucket), Math.ceil(count / LANES), question)
    }
    return rows
  }

  get bytes(): number {
    return this.regionBytes + this.places.bytes
  }
}
