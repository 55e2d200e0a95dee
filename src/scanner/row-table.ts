import type { Arena } from './arena.js'
import type { Collector, Question } from './collector.js'
import { Columns } from './columns.js'
import type { DraftRow } from './draft-row.js'
import { SpanTable } from './span-table.js'
import { LANES, WIDTHS, bucketOf, widthOf } from './widths.js'

/** Where a row lies: chunk number · 16384 + row in the chunk. */
export type Place = number

const ROW_BITS = 14
const ROW_MASK = (1 << ROW_BITS) - 1
const LEAST_BLOCKS = 16
const MOST_BLOCKS = (1 << ROW_BITS) / LANES
/** What is announced gets a little more room, so that the first rows that change their length need no new chunk. */
const SPARE = 1 + 1 / 64
/** A chunk for rows that nobody announced is smaller: what of it is not filled lies empty. */
const MOST_GROWTH_BLOCKS = 1_024

/** A chunk of one bucket; rows from `used` on were never written. */
export interface Chunk {
  readonly columns: Columns
  readonly bucket: number
  used: number
}

/** Chunks of one row length, the one that is being filled last. */
interface Bucket {
  readonly chunks: number[]
  readonly free: Place[]
  filling: number
  rows: number
}

/**
 * Rows in chunks by length. Chunks never move and a row keeps its place until it is removed or changes its length: another
 * thread may scan at any time and sees every row that is not being written just then. Removed rows become tombstones and
 * are used again; nothing is ever moved into a gap. Whoever owns the table keeps the places.
 */
export class RowTable {
  readonly chunks: Chunk[] = []
  /** The written part of every chunk. */
  private readonly written = new SpanTable()
  private readonly buckets: readonly Bucket[] = WIDTHS.map(() => ({ chunks: [], free: [], filling: 0, rows: 0 }))
  /** Rows that are neither free nor padding. */
  size = 0

  /** Shorter rows are padded to `leastLength` entries. */
  constructor(
    private readonly arena: Arena,
    readonly wide: boolean,
    private readonly leastLength = 1,
  ) {}

  /**
   * Makes room for `rows[n]` rows of n entries in all, in as few chunks as can be: every chunk is a new start for the memory
   * that a scan streams through.
   */
  reserve(rows: Uint32Array): void {
    const wanted = new Float64Array(WIDTHS.length)
    for (const [length, count] of rows.entries()) {
      if (length === 0) continue
      const bucket = this.bucketFor(length)
      wanted[bucket] = (wanted[bucket] ?? 0) + count
    }
    for (const [number, bucket] of this.buckets.entries()) {
      const room = bucket.chunks.reduce((sum, index) => sum + (this.chunks[index]?.columns.blocks ?? 0), 0)
      let missing = Math.ceil(((wanted[number] ?? 0) * SPARE) / LANES) - room
      for (; missing > 0; missing -= MOST_BLOCKS) this.grow(bucket, number, Math.min(MOST_BLOCKS, missing))
    }
  }

  /** Writes a new row and says where. */
  add(id: number, draft: DraftRow): Place {
    const bucket = this.bucketFor(draft.length)
    const place = this.vacancy(bucket)
    this.columns(place).write(place & ROW_MASK, id, draft)
    this.size++
    return place
  }

  /** Rewrites a row in place; false when its length asks for another bucket, then nothing was done. */
  rewrite(place: Place, id: number, draft: DraftRow): boolean {
    const columns = this.columns(place)
    if (columns.width !== widthOf(this.bucketFor(draft.length))) return false
    columns.write(place & ROW_MASK, id, draft)
    return true
  }

  remove(place: Place): void {
    this.columns(place).bury(place & ROW_MASK)
    const chunk = this.chunks[place >>> ROW_BITS]
    if (chunk) this.buckets[chunk.bucket]?.free.push(place)
    this.size--
  }

  /** Reads a little of the row's columns: a later access finds them in the cache. The result has no meaning. */
  warm(place: Place): number {
    return this.chunks[place >>> ROW_BITS]?.columns.warm(place & ROW_MASK) ?? 0
  }

  read(place: Place, draft: DraftRow): void {
    this.columns(place).read(place & ROW_MASK, draft)
  }

  /** Looks at every row. */
  scan(collector: Collector, question: Question): void {
    const { written } = this
    for (let i = 0; i < written.length; i++) {
      const span = written.at(i)
      if (span.blocks > 0) collector.scan(span, span.blocks, question)
    }
  }

  /** Forgets all rows; the chunks stay for new ones. */
  clear(): void {
    this.chunks.forEach((chunk, index) => {
      chunk.used = 0
      this.written.setBlocks(index, 0)
    })
    for (const bucket of this.buckets) {
      bucket.free.length = 0
      bucket.filling = 0
      bucket.rows = 0
    }
    this.size = 0
  }

  /** Gives the memory back. Nobody may scan the table any more. */
  release(): void {
    for (const { columns } of this.chunks)
      this.arena.release(columns.amountsAt, Columns.bytes(columns.width, columns.blocks, this.wide))
    this.chunks.length = 0
    this.written.clear()
    for (const bucket of this.buckets) bucket.chunks.length = 0
    this.clear()
  }

  /** The written part of every chunk, see `readSpans`. */
  spans(): Float64Array<ArrayBuffer> {
    return this.written.send()
  }

  /** Bytes of all columns. */
  get bytes(): number {
    return this.chunks.reduce((sum, { columns: c }) => sum + Columns.bytes(c.width, c.blocks, this.wide), 0)
  }

  private bucketFor(length: number): number {
    return bucketOf(Math.max(length, this.leastLength))
  }

  private columns(place: Place): Columns {
    const chunk = this.chunks[place >>> ROW_BITS]
    if (chunk === undefined) throw new RangeError(`no row at ${place}`)
    return chunk.columns
  }

  private vacancy(number: number): Place {
    const bucket = this.buckets[number]
    if (bucket === undefined) throw new RangeError(`no bucket ${number}`)
    const free = bucket.free.pop()
    if (free !== undefined) return free
    let index = bucket.chunks[bucket.filling]
    let chunk = index === undefined ? undefined : this.chunks[index]
    if (chunk?.used === (chunk?.columns.blocks ?? 0) * LANES) {
      index = bucket.chunks[++bucket.filling]
      chunk = index === undefined ? undefined : this.chunks[index]
    }
    if (index === undefined || chunk === undefined) {
      // an eighth more each time: no copying, and little that lies empty
      const blocks = Math.min(MOST_GROWTH_BLOCKS, Math.max(LEAST_BLOCKS, Math.ceil(bucket.rows / LANES / 8)))
      index = this.grow(bucket, number, blocks)
      chunk = this.chunks[index]
    }
    if (chunk === undefined) throw new RangeError(`no chunk ${index}`)
    return (index << ROW_BITS) | this.claim(index, chunk, bucket)
  }

  /** The next row of `chunk`; a block is padded before its first row is written. */
  private claim(index: number, chunk: Chunk, bucket: Bucket): number {
    const row = chunk.used
    if (row % LANES === 0) {
      for (let lane = 0; lane < LANES; lane++) chunk.columns.bury(row + lane)
      this.written.setBlocks(index, row / LANES + 1)
    }
    chunk.used++
    bucket.rows++
    return row
  }

  private grow(bucket: Bucket, number: number, blocks: number): number {
    const width = widthOf(number)
    const at = this.arena.allocate(Columns.bytes(width, blocks, this.wide))
    const columns = Columns.from(this.arena.memory.buffer, at, width, blocks, this.wide)
    const index = this.chunks.push({ columns, bucket: number, used: 0 }) - 1
    bucket.chunks.push(index)
    this.written.push({ ...columns, blocks: 0 })
    return index
  }
}
