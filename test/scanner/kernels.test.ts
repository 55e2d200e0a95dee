import { Random } from '../../bench/scan/random.js'
import { Arena } from '../../src/scanner/arena.js'
import { Columns, weightTable } from '../../src/scanner/columns.js'
import { DraftRow } from '../../src/scanner/draft-row.js'
import { JsKernel } from '../../src/scanner/js-kernel.js'
import type { Kernel } from '../../src/scanner/kernel.js'
import { tableLength } from '../../src/scanner/layout.js'
import { WasmKernel, loadKernels } from '../../src/scanner/wasm-kernel.js'
import { LANES, WIDTHS } from '../../src/scanner/widths.js'

const SEED = 4_242
const BLOCKS = 12
const ROWS = BLOCKS * LANES
/** Hard ones for both kernels: nothing, infinities, sums that are not a number, what cancels. */
const SPECIAL = [0, -0, 1, -1, 1e300, -1e300, 5e-324, Infinity, -Infinity, NaN]

interface Case {
  readonly columns: Columns
  readonly f64: Float64Array
}

const modules = loadKernels()
const arena = new Arena()
const { memory } = arena
if (modules === null) throw new Error('this machine has no WebAssembly SIMD: the kernels cannot be compared')
const kernels: readonly Kernel[] = [new WasmKernel(modules, memory), new JsKernel(memory)]
/** A loop for each width, and the one for all. */
const LOOPS = [false, true]
const out = arena.allocate(ROWS * 4 + 16)
const sums = new Uint32Array(memory.buffer, out, ROWS + 4)

/** Random rows of one width, some of them removed or shorter, half of the tables with special weights. */
function draw(random: Random, width: number, wide: boolean, table: Float64Array): Case {
  const at = arena.allocate(Columns.bytes(width, BLOCKS, wide))
  const columns = Columns.from(memory.buffer, at, width, BLOCKS, wide)
  const used = wide ? 1_000 : 254
  const hard = random.unit() < 0.5
  for (let slot = 0; slot < used; slot++) {
    const special = hard && random.below(40) === 0
    table[slot] = special ? (SPECIAL[random.below(SPECIAL.length)] ?? 0) : (random.unit() - 0.5) * 2 ** random.below(60)
  }
  const draft = new DraftRow()
  for (let row = 0; row < ROWS; row++) {
    draft.length = 0
    for (let left = Math.max(1, width - random.below(3)); left > 0; left--)
      draft.push(random.below(used), random.unit() * 2 ** random.below(100))
    if (random.below(10) === 0) columns.bury(row)
    else columns.write(row, random.next(), draft)
  }
  return { columns, f64: table }
}

/** The sum of every row as both kernels must have it: in the order of the entries. */
const sumOf = ({ columns, f64 }: Case, row: number): number => {
  let at = (row >>> 2) * columns.width * LANES + (row & 3)
  let sum = (columns.amounts[at] ?? NaN) * (f64[columns.slots[at] ?? 0] ?? NaN)
  for (let entry = 1; entry < columns.width; entry++) {
    at += LANES
    sum += (columns.amounts[at] ?? NaN) * (f64[columns.slots[at] ?? 0] ?? NaN)
  }
  return sum
}

/** The next greater double. */
const next = (value: number): number => {
  if (value === 0) return Number.MIN_VALUE
  const bits = new BigInt64Array(new Float64Array([value]).buffer)
  bits[0] = (bits[0] ?? 0n) + (value > 0 ? 1n : -1n)
  return new Float64Array(bits.buffer)[0] ?? NaN
}

describe.each([false, true])('WebAssembly and plain kernel agree bit for bit, u16 slots %s', (wide) => {
  const tableAt = arena.allocate(tableLength(wide) * 8)
  const table = weightTable(memory.buffer, tableAt, wide)

  it.each(WIDTHS)('rows of %d', (width) => {
    const random = new Random(SEED + width)
    let found = 0
    for (let round = 0; round < 6; round++) {
      const drawn = draw(random, width, wide, table)
      const { columns } = drawn
      const scan = (kernel: Kernel, tolerance: number, few: boolean): number[] => [
        ...sums.subarray(0, kernel.scan(columns, BLOCKS, wide, tableAt, tolerance, out, few)),
      ]
      // at a row's own sum it is not below, one double further it is: lists agree only if the sums do to the last bit
      for (let row = 0; row < ROWS; row += 5) {
        const sum = sumOf(drawn, row)
        for (const [tolerance, few] of [sum, next(sum)].flatMap((t) => LOOPS.map((few) => [t, few] as const))) {
          const [wasm, js] = kernels.map((kernel) => scan(kernel, tolerance, few))
          expect({ seed: SEED, round, row, ids: wasm }).toEqual({ seed: SEED, round, row, ids: js })
          found += wasm?.length ?? 0
          if (!Number.isFinite(sum) || columns.ids[row] === 0xffff_ffff) continue
          expect(wasm?.includes(columns.ids[row] ?? 0)).toBe(tolerance > sum)
        }
      }
      const bins = kernels.map((kernel) => {
        kernel.bins({ ...spanOf(columns), blocks: BLOCKS }, wide, tableAt, 1e-6, out)
        return [...new Uint16Array(memory.buffer, out, ROWS)]
      })
      expect({ seed: SEED, round, bins: bins[0] }).toEqual({ seed: SEED, round, bins: bins[1] })
    }
    expect(found).toBeGreaterThan(0)
  })
})

const spanOf = ({ width, amountsAt, slotsAt, idsAt, blocks }: Columns) => ({ width, amountsAt, slotsAt, idsAt, blocks })
