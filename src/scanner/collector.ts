import { type Kernel, PIECE_BLOCKS, piece } from './kernel.js'
import type { Span } from './layout.js'
import { LANES } from './widths.js'

/** The question of one scan: which weights, and below what. */
export interface Question {
  readonly wide: boolean
  /** Address of the weight table. */
  readonly table: number
  readonly tolerance: number
}

/** Room for the ids of one piece; the SIMD kernel writes one more before it knows that it is none. */
export const OUT_BYTES = PIECE_BLOCKS * LANES * 4 + 16

/** Runs a kernel over spans and gathers the ids it names. One per thread. */
export class Collector {
  private readonly out: Uint32Array
  private found = new Uint32Array(1_024)
  private count = 0

  /** `outAt` is the address of `OUT_BYTES` bytes that nobody else uses. */
  constructor(
    buffer: ArrayBufferLike,
    private readonly kernel: Kernel,
    private readonly outAt: number,
  ) {
    this.out = new Uint32Array(buffer, outAt, PIECE_BLOCKS * LANES)
  }

  /** The first `blocks` blocks of `span`. */
  scan(span: Span, blocks: number, { wide, table, tolerance }: Question): void {
    if (blocks <= PIECE_BLOCKS) this.take(this.kernel.scan(span, blocks, wide, table, tolerance, this.outAt))
    else
      for (let from = 0; from < blocks; from += PIECE_BLOCKS) {
        const part = piece(span, wide, from, Math.min(PIECE_BLOCKS, blocks - from))
        this.take(this.kernel.scan(part, part.blocks, wide, table, tolerance, this.outAt))
      }
  }

  /** What was found since the last call. */
  drain(): Uint32Array<ArrayBuffer> {
    const ids = this.found.slice(0, this.count)
    this.count = 0
    return ids
  }

  private take(count: number): void {
    if (count === 0) return
    if (this.count + count > this.found.length) {
      const larger = new Uint32Array(Math.max(this.found.length * 2, this.count + count))
      larger.set(this.found)
      this.found = larger
    }
    for (let i = 0; i < count; i++) this.found[this.count + i] = this.out[i] ?? 0
    this.count += count
  }
}
