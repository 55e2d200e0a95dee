import { BINS, LAST_BIN } from './bins.js'
import { Columns } from './columns.js'
import { type Kernel, PIECE_BLOCKS, piece } from './kernel.js'
import type { Span } from './layout.js'
import type { EpochOrder, HotLayout } from './messages.js'
import { NONE, PAGE_IDS } from './paged.js'
import { readSpans } from './span-table.js'
import { LANES, WIDTHS, bucketOf, widthOf } from './widths.js'

/** A place in a hot copy: bucket · 2^28 + row. It names the bucket itself: the row's own bucket may have changed since. */
export const hotPlace = (bucket: number, row: number): number => bucket * 2 ** 28 + row
export const hotBucket = (place: number): number => place >>> 28
export const hotRow = (place: number): number => place & 0x0fff_ffff

/**
 * The worker's part of an epoch: sorts rows into bins by their reference health factor, takes as many bins as fit and
 * copies those rows bin by bin. The main thread goes on writing rows meanwhile. What is copied of a row that is being
 * written may be anything, even twice or not at all: the main thread logs such rows and replays them on the finished copy.
 * It holds for every row that the copy's id → place column names its only living copy.
 */
export function buildEpoch(order: EpochOrder, memory: WebAssembly.Memory, kernel: Kernel, outAt: number): HotLayout {
  const spans = readSpans(order.spans)
  const bins = binRows(spans, order, memory, kernel, outAt)
  const counts = countRows(spans, bins)
  const layout = lay(counts, order)
  copyRows(spans, bins, layout, order, memory.buffer)
  return layout
}

const rowsOf = (spans: readonly Span[]): number => spans.reduce((sum, { blocks }) => sum + blocks * LANES, 0)

function binRows(
  spans: readonly Span[],
  { wide, tableAt, slack }: EpochOrder,
  memory: WebAssembly.Memory,
  kernel: Kernel,
  outAt: number,
): Uint16Array {
  const bins = new Uint16Array(rowsOf(spans))
  const out = new Uint16Array(memory.buffer, outAt, PIECE_BLOCKS * LANES)
  let at = 0
  for (const span of spans)
    for (let from = 0; from < span.blocks; from += PIECE_BLOCKS) {
      const part = piece(span, wide, from, Math.min(PIECE_BLOCKS, span.blocks - from))
      kernel.bins(part, wide, tableAt, slack, outAt)
      const rows = part.blocks * LANES
      bins.set(out.subarray(0, rows), at)
      at += rows
    }
  return bins
}

const BUCKETS = WIDTHS.length

/** Rows per bin and bucket. */
function countRows(spans: readonly Span[], bins: Uint16Array): Uint32Array {
  const counts = new Uint32Array(BUCKETS * BINS)
  let at = 0
  for (const { width, blocks } of spans) {
    const bucket = bucketOf(width)
    for (const end = at + blocks * LANES; at < end; at++) {
      const cell = (bins[at] ?? LAST_BIN) * BUCKETS + bucket
      counts[cell] = (counts[cell] ?? 0) + 1
    }
  }
  return counts
}

/** Takes bins from the lowest on while their rows fit into the region, and gives every bucket its part of it. */
function lay(counts: Uint32Array, { wide, regionAt, regionBytes }: EpochOrder): HotLayout {
  const rows = new Uint32Array(BUCKETS)
  const ends = new Uint32Array(BUCKETS * BINS)
  let lastBin = -1
  let fitting: Uint32Array<ArrayBuffer> = new Uint32Array(BUCKETS)
  for (let bin = 0; bin < LAST_BIN; bin++) {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const cell = bin * BUCKETS + bucket
      ends[cell] = rows[bucket] = (rows[bucket] ?? 0) + (counts[cell] ?? 0)
    }
    if (bytesOf(rows, wide) > regionBytes) break
    lastBin = bin
    fitting = rows.slice()
  }
  const blocks = fitting.map((count) => Math.ceil(count / LANES))
  const startAt = new Float64Array(BUCKETS)
  let at = regionAt
  blocks.forEach((count, bucket) => {
    startAt[bucket] = at
    at += Columns.bytes(widthOf(bucket), count, wide)
  })
  return { lastBin, startAt, blocks, ends }
}

const bytesOf = (rows: Uint32Array, wide: boolean): number =>
  rows.reduce((sum, count, bucket) => sum + Columns.bytes(widthOf(bucket), Math.ceil(count / LANES), wide), 0)

export const hotColumns = (buffer: ArrayBufferLike, { startAt, blocks }: HotLayout, wide: boolean): Columns[] =>
  WIDTHS.map((width, bucket) => Columns.from(buffer, startAt[bucket] ?? 0, width, blocks[bucket] ?? 0, wide))

function copyRows(
  spans: readonly Span[],
  bins: Uint16Array,
  layout: HotLayout,
  { wide, pages, limit }: EpochOrder,
  buffer: ArrayBufferLike,
): void {
  const { lastBin, ends } = layout
  const targets = hotColumns(buffer, layout, wide)
  const places = Array.from(pages, (at) => new Uint32Array(buffer, at, PAGE_IDS).fill(NONE))
  // the next row of (bin, bucket): a bin starts where the one before ends
  const next = new Uint32Array(ends.length)
  next.set(ends.subarray(0, ends.length - BUCKETS), BUCKETS)
  let at = 0
  for (const span of spans) {
    const bucket = bucketOf(span.width)
    const target = targets[bucket]
    const source = new Columns(buffer, span, wide)
    for (let row = 0; row < span.blocks * LANES; row++) {
      const bin = bins[at++] ?? LAST_BIN
      if (bin > lastBin || target === undefined) continue
      const cell = bin * BUCKETS + bucket
      const to = next[cell] ?? 0
      next[cell] = to + 1
      target.copy(to, source, row)
      const id = target.ids[to] ?? NONE
      const column = id < limit ? places[Math.floor(id / PAGE_IDS)] : undefined
      if (column === undefined) target.bury(to)
      else {
        const earlier = column[id % PAGE_IDS] ?? NONE
        if (earlier !== NONE) targets[hotBucket(earlier)]?.bury(hotRow(earlier))
        column[id % PAGE_IDS] = hotPlace(bucket, to)
      }
    }
  }
  // what is left of the last block of each bucket
  targets.forEach((target, bucket) => {
    const rows = lastBin < 0 ? 0 : (ends[lastBin * BUCKETS + bucket] ?? 0)
    for (let row = rows; row < target.blocks * LANES; row++) target.bury(row)
  })
}
