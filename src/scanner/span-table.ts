import type { Span } from './layout.js'

const FIELDS = 5

/** A span whose figures change: one object serves a whole scan. */
export type Cursor = { -readonly [field in keyof Span]: Span[field] }

/**
 * Spans as plain numbers one after the other. A scan of a cold process waits for memory once for several of them; objects
 * lie anywhere and each is a wait of its own.
 */
export class SpanTable {
  length = 0
  private words = new Uint32Array(FIELDS * 16)
  private readonly cursor: Cursor = { width: 0, amountsAt: 0, slotsAt: 0, idsAt: 0, blocks: 0 }

  push({ width, amountsAt, slotsAt, idsAt, blocks }: Span): void {
    const at = this.length * FIELDS
    if (at === this.words.length) {
      const larger = new Uint32Array(at * 2)
      larger.set(this.words)
      this.words = larger
    }
    this.words.set([width, amountsAt, slotsAt, idsAt, blocks], at)
    this.length++
  }

  /** The span number `index`, until the next call. */
  at(index: number): Cursor {
    const { words, cursor } = this
    const at = index * FIELDS
    cursor.width = words[at] ?? 0
    cursor.amountsAt = words[at + 1] ?? 0
    cursor.slotsAt = words[at + 2] ?? 0
    cursor.idsAt = words[at + 3] ?? 0
    cursor.blocks = words[at + 4] ?? 0
    return cursor
  }

  setBlocks(index: number, blocks: number): void {
    this.words[index * FIELDS + 4] = blocks
  }

  clear(): void {
    this.length = 0
  }

  /** The spans that are not empty, for another thread (`readSpans`). */
  send(): Float64Array<ArrayBuffer> {
    const sent = new Float64Array(this.length * FIELDS)
    let count = 0
    for (let at = 0; at < this.length * FIELDS; at += FIELDS) {
      if (this.words[at + 4] === 0) continue
      sent.set(this.words.subarray(at, at + FIELDS), count)
      count += FIELDS
    }
    return sent.slice(0, count)
  }
}

/** The spans another thread was sent. */
export const readSpans = (spans: Float64Array): Span[] =>
  Array.from({ length: spans.length / FIELDS }, (_, i) => {
    const [width = 0, amountsAt = 0, slotsAt = 0, idsAt = 0, blocks = 0] = spans.subarray(i * FIELDS, (i + 1) * FIELDS)
    return { width, amountsAt, slotsAt, idsAt, blocks }
  })
