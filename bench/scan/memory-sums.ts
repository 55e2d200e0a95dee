import wabt from 'wabt'

/** A stretch of the memory; both figures are multiples of 16. */
export interface Stretch {
  readonly at: number
  readonly bytes: number
}

const ACCUMULATORS = 8
const SPAN = 16 * ACCUMULATORS

const each = (text: (i: number) => string): string => Array.from({ length: ACCUMULATORS }, (_, i) => text(i)).join('\n')

/** WebAssembly text of a streaming sum with eight accumulators of two doubles: 128 bytes a turn, then 16. */
const WAT = `(module
  (import "env" "memory" (memory 1 65536 shared))
  (func (export "sum") (param $at i32) (param $end i32) (result f64)
    ${each((i) => `(local $s${i} v128)`)}
    (block $done (loop $turn
      (br_if $done (i32.gt_u (i32.add (local.get $at) (i32.const ${SPAN})) (local.get $end)))
      ${each((i) => `(local.set $s${i} (f64x2.add (local.get $s${i}) (v128.load offset=${16 * i} (local.get $at))))`)}
      (local.set $at (i32.add (local.get $at) (i32.const ${SPAN})))
      (br $turn)))
    (block $rest (loop $single
      (br_if $rest (i32.ge_u (local.get $at) (local.get $end)))
      (local.set $s0 (f64x2.add (local.get $s0) (v128.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $single)))
    ${each((i) => (i === 0 ? '' : `(local.set $s0 (f64x2.add (local.get $s0) (local.get $s${i})))`))}
    (f64.add (f64x2.extract_lane 0 (local.get $s0)) (f64x2.extract_lane 1 (local.get $s0)))))`

/**
 * The limit of the machine for one thread of WebAssembly: reading the scan set once and doing next to nothing with it.
 * Returns a function that sums the stretches; whatever bytes lie there are taken as doubles.
 */
export async function simdSum(memory: WebAssembly.Memory, stretches: readonly Stretch[]): Promise<() => number> {
  const parsed = (await wabt()).parseWat('sum.wat', WAT, { simd: true, threads: true })
  const { buffer } = parsed.toBinary({})
  parsed.destroy()
  const { instance } = await WebAssembly.instantiate(new Uint8Array(buffer), { env: { memory } })
  const sum = instance.exports.sum as (at: number, end: number) => number
  return () => {
    let total = 0
    for (const { at, bytes } of stretches) total += sum(at, at + bytes)
    return total
  }
}

/** The same bytes by a `Float64Array`, with four accumulators. */
export function plainSum(memory: WebAssembly.Memory, stretches: readonly Stretch[]): () => number {
  const views = stretches.map(({ at, bytes }) => new Float64Array(memory.buffer, at, bytes / 8))
  return () => views.reduce((total, view) => total + sumOf(view), 0)
}

function sumOf(view: Float64Array): number {
  let [a, b, c, d] = [0, 0, 0, 0]
  const whole = view.length - (view.length % 4)
  for (let i = 0; i < whole; i += 4) {
    a += view[i] as number
    b += view[i + 1] as number
    c += view[i + 2] as number
    d += view[i + 3] as number
  }
  for (let i = whole; i < view.length; i++) a += view[i] as number
  return a + b + c + d
}
