import { binOf } from './bins.js'
import type { Kernel } from './kernel.js'
import type { Span } from './layout.js'
import { LANES } from './widths.js'

/** The kernels in plain JavaScript: where WebAssembly SIMD is missing, and to compare it with. */
export class JsKernel implements Kernel {
  readonly name = 'js'

  constructor(private readonly memory: WebAssembly.Memory) {}

  scan(span: Span, blocks: number, wide: boolean, table: number, tolerance: number, out: number): number {
    const { width } = span
    const { amounts, slots, weights } = this.views(span, wide, table)
    const ids = new Uint32Array(this.memory.buffer, span.idsAt, blocks * LANES)
    const found = new Uint32Array(this.memory.buffer, out, blocks * LANES)
    let count = 0
    for (let row = 0; row < blocks * LANES; row++) {
      let at = (row >>> 2) * width * LANES + (row & 3)
      let sum = (amounts[at] ?? NaN) * (weights[slots[at] ?? 0] ?? NaN)
      for (let entry = 1; entry < width; entry++) {
        at += LANES
        sum += (amounts[at] ?? NaN) * (weights[slots[at] ?? 0] ?? NaN)
      }
      if (!(sum >= tolerance)) found[count++] = ids[row] ?? 0
    }
    return count
  }

  bins(span: Span, wide: boolean, table: number, slack: number, out: number): void {
    const { width, blocks } = span
    const { amounts, slots, weights } = this.views(span, wide, table)
    const bins = new Uint16Array(this.memory.buffer, out, blocks * LANES)
    for (let row = 0; row < blocks * LANES; row++) {
      let at = (row >>> 2) * width * LANES + (row & 3)
      let collateral = 0
      let debt = 0
      for (let entry = 0; entry < width; entry++, at += LANES) {
        const product = (amounts[at] ?? NaN) * (weights[slots[at] ?? 0] ?? NaN)
        collateral += Math.max(product, 0)
        debt -= Math.min(product, 0)
      }
      bins[row] = binOf((collateral - slack) / debt)
    }
  }

  private views({ width, blocks, amountsAt, slotsAt }: Span, wide: boolean, table: number) {
    const { buffer } = this.memory
    const entries = blocks * LANES * width
    return {
      amounts: new Float64Array(buffer, amountsAt, entries),
      slots: wide ? new Uint16Array(buffer, slotsAt, entries) : new Uint8Array(buffer, slotsAt, entries),
      weights: new Float64Array(buffer, table, wide ? 65_536 : 256),
    }
  }
}
