import type { Span } from './layout.js'

/** Rows that one kernel call may name at most; a longer span is scanned in pieces. */
export const PIECE_BLOCKS = 1_024

/**
 * The inner loops of the scan over the shared memory. `table` is the address of a weight table, `out` of the result. Both
 * kernels add the products of a row in the order of its entries, so they agree bit for bit.
 */
export interface Kernel {
  readonly name: 'wasm-simd' | 'js'
  /**
   * Of the first `blocks` blocks, writes the ids of the rows with Σ amount · weight[slot] < `tolerance`, or whose sum is not a number, as u32 to `out`
   * and returns how many. At most `PIECE_BLOCKS` blocks. `few`: one loop for all widths, slower by the row, whose code a cold
   * process has to wait for only once.
   */
  scan(span: Span, blocks: number, wide: boolean, table: number, tolerance: number, out: number, few: boolean): number
  /** Writes the bin (`binOf`) of every row's reference health factor as u16 to `out`. */
  bins(span: Span, wide: boolean, table: number, slack: number, out: number): void
}

/** Part of a span. */
export const piece = (span: Span, wide: boolean, from: number, blocks: number): Span => ({
  width: span.width,
  amountsAt: span.amountsAt + from * span.width * 32,
  slotsAt: span.slotsAt + from * span.width * (wide ? 8 : 4),
  idsAt: span.idsAt + from * 16,
  blocks,
})
