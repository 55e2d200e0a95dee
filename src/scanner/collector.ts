import { type Kernel, PIECE_BLOCKS, piece } from './kernel.js'
import type { Span } from './layout.js'
import { LANES } from './widths.js'

/** The question of one scan: which weights, and below what. */
export interface Question {
  readonly wide: boolean
  /** Address of the weight table. */
  readonly table: number
  readonly tolerance: number
  /** Only some thousand rows are asked (`Kernel.scan`). */
  readonly few: boolean
}

/** Room for the ids of one piece; the SIMD kernel writes one more before it knows that it is none. */
export const OUT_BYTES = PIECE_BLOCKS * LANES * 4 + 16

const STRETCH = 16_384

/** Runs a kernel over spans and gathers the ids it names. One per thread. */
export class Collector {
  private readonly out: Uint32Array
  /** Answers lie one after the other in a stretch that many share: making one for each costs more than a short scan. */
  private found = new Uint32Array(STRETCH)
  private start = 0
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
  scan(span: Span, blocks: number, { wide, table, tolerance, few }: Question): void {
    if (blocks <= PIECE_BLOCKS) this.take(this.kernel.scan(span, blocks, wide, table, tolerance, this.outAt, few))
    else
      for (let from = 0; from < blocks; from += PIECE_BLOCKS) {
        const part = piece(span, wide, from, Math.min(PIECE_BLOCKS, blocks - from))
        this.take(this.kernel.scan(part, part.blocks, wide, table, tolerance, this.outAt, few))
      }
  }

  /** What was found since the last call; a view that nobody writes to any more. */
  drain(): Uint32Array<ArrayBuffer> {
    const end = this.start + this.count
    const ids = this.found.subarray(this.start, end)
    this.start = end
    this.count = 0
    return ids
  }

  /** Drops what was found since the last `drain`. */
  forget(): void {
    this.count = 0
  }

  private take(count: number): void {
    if (count === 0) return
    if (this.start + this.count + count > this.found.length) this.stretch(count)
    const to = this.start + this.count
    for (let i = 0; i < count; i++) this.found[to + i] = this.out[i] ?? 0
    this.count += count
  }

  /** Goes over to a new stretch with what was found so far; the old one lives as long as its answers. */
  private stretch(more: number): void {
    const next = new Uint32Array(Math.max(STRETCH, (this.count + more) * 2))
    next.set(this.found.subarray(this.start, this.start + this.count))
    this.found = next
    this.start = 0
  }
}
