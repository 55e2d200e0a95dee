// Writes the scan's inner loops as WebAssembly text, one function per row length, and assembles them with wabt into
// dist/scan-kernels.wasm. What they compute: src/scanner/kernel.ts; the same in JavaScript: src/scanner/js-kernel.ts.
//
// A block is four rows side by side. The sums of rows 0 and 1 live in $lo, those of rows 2 and 3 in $hi. A weight is an f64
// of the table, looked up by the slot byte (u8) or half-word (u16, functions ending in `w`).
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const output = join(root, 'dist', 'scan-kernels.wasm')
const wabt = createRequire(import.meta.url)('wabt')
// src/scanner/widths.ts: these have a function of their own, longer rows share `scanAny` and `binsAny`
const UNROLLED = [1, 2, 3, 4, 5, 6, 7, 8]
const ZERO = '(v128.const i64x2 0 0)'

/** Address of the weight of lane `lane` of the entry at `offset` entries after the cursor: its slot number, eight bytes each. */
function weightAt(offset, lane, wide) {
  const slot = wide
    ? `(i32.load16_u offset=${offset * 8 + lane * 2} (local.get $slots))`
    : `(i32.load8_u offset=${offset * 4 + lane} (local.get $slots))`
  return `(i32.add (local.get $table) (i32.shl ${slot} (i32.const 3)))`
}

const weights = (offset, first, wide) =>
  `(v128.load64_lane 1 ${weightAt(offset, first + 1, wide)} (v128.load64_zero ${weightAt(offset, first, wide)}))`

/** Loads the entry at `offset` entries after the cursors, and calls `use` with both pairs' products. */
function entry(offset, wide, use) {
  const amount = (half) => `(v128.load offset=${offset * 32 + half * 16} align=8 (local.get $amounts))`
  return `
      ${use('lo', `(f64x2.mul ${amount(0)} ${weights(offset, 0, wide)})`)}
      ${use('hi', `(f64x2.mul ${amount(1)} ${weights(offset, 2, wide)})`)}`
}

/**
 * A branch that is never taken ($width is not negative), where two values of a sum could meet. Without it the compiler loads
 * all entries of a block before it multiplies the first, runs out of registers and spills.
 */
const settle = (sums) => `
      (if (i32.lt_s (local.get $width) (i32.const 0)) (then ${sums.map((sum) => `(local.set $${sum} ${ZERO})`).join('')}))`

const advance = (entries, wide) => `
      (local.set $amounts (i32.add (local.get $amounts) (i32.const ${entries * 32})))
      (local.set $slots (i32.add (local.get $slots) (i32.const ${entries * (wide ? 8 : 4)})))`

/** The entries of one block, unrolled for a known width, else a loop over $width. The first entry comes first. */
function entries(width, wide, sums, use, useFirst = use) {
  if (width !== null)
    return (
      Array.from({ length: width }, (_, i) => {
        const end = i % 2 === 1 && i < width - 1 ? settle(sums) : ''
        return entry(i, wide, i === 0 ? useFirst : use) + end
      }).join('') + advance(width, wide)
    )
  return `${entry(0, wide, useFirst)}${advance(1, wide)}
      (local.set $left (i32.sub (local.get $width) (i32.const 1)))
      (loop $next${entry(0, wide, use)}${advance(1, wide)}
        (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))`
}

const head = (name, width, wide, out) => `
  (func (export "${name}${width ?? 'Any'}${wide ? 'w' : ''}") (param $amounts i32) (param $slots i32) (param $ids i32)
    (param $blocks i32) (param $table i32) (param $out i32) (param $limit f64) (param $width i32) ${out}
    (local $left i32) (local $lo v128) (local $hi v128) (local $limits v128)
    (local $above v128) (local $aboveHi v128) (local $mask i32) (local $start i32) (local $debtLo v128) (local $debtHi v128)
    (local.set $limits (f64x2.splat (local.get $limit)))`

const keepId = (lane) => `
        (i32.store (local.get $out) (i32.load offset=${lane * 4} (local.get $ids)))
        (local.set $out (i32.add (local.get $out)
          (i32.shl (i32.and (i32.shr_u (local.get $mask) (i32.const ${lane})) (i32.const 1)) (i32.const 2))))`

const scan = (width, wide) => `${head('scan', width, wide, '(result i32)')}
    (local.set $start (local.get $out))
    (block $done (loop $block
      (br_if $done (i32.eqz (local.get $blocks)))
      ${entries(
        width,
        wide,
        ['lo', 'hi'],
        (half, product) => `(local.set $${half} (f64x2.add (local.get $${half}) ${product}))`,
        (half, product) => `(local.set $${half} ${product})`,
      )}
      (local.set $above (f64x2.ge (local.get $lo) (local.get $limits)))
      (local.set $aboveHi (f64x2.ge (local.get $hi) (local.get $limits)))
      (if (i32.ne (i64x2.bitmask (v128.and (local.get $above) (local.get $aboveHi))) (i32.const 3)) (then
        (local.set $mask (i32.xor (i32.const 15) (i32.or (i64x2.bitmask (local.get $above))
          (i32.shl (i64x2.bitmask (local.get $aboveHi)) (i32.const 2)))))
        ${[0, 1, 2, 3].map(keepId).join('')}))
      (local.set $ids (i32.add (local.get $ids) (i32.const 16)))
      (local.set $blocks (i32.sub (local.get $blocks) (i32.const 1)))
      (br $block)))
    (i32.shr_u (i32.sub (local.get $out) (local.get $start)) (i32.const 2)))`

const splat = (value) => `(f64x2.splat (f64.const ${value}))`

/** src/scanner/bins.ts binOf, for two rows. */
function storeBins(half, at) {
  const debt = half === 'lo' ? 'debtLo' : 'debtHi'
  const health = `(f64x2.div (f64x2.sub (local.get $${half}) (local.get $limits)) (local.get $${debt}))`
  const scaled = `(f64x2.mul (f64x2.sub ${health} ${splat(1)}) ${splat(2000)})`
  return `
      (local.set $above (i32x4.max_s ${ZERO} (i32x4.min_s (i32x4.splat (i32.const 511))
        (i32x4.trunc_sat_f64x2_s_zero ${scaled}))))
      (i32.store16 offset=${at} (local.get $out) (i32x4.extract_lane 0 (local.get $above)))
      (i32.store16 offset=${at + 2} (local.get $out) (i32x4.extract_lane 1 (local.get $above)))`
}

const bins = (width, wide) => `${head('bins', width, wide, '')}
    (block $done (loop $block
      (br_if $done (i32.eqz (local.get $blocks)))
      (local.set $lo ${ZERO}) (local.set $hi ${ZERO}) (local.set $debtLo ${ZERO}) (local.set $debtHi ${ZERO})
      ${entries(width, wide, ['lo', 'hi', 'debtLo', 'debtHi'], (half, product) => {
        const debt = half === 'lo' ? 'debtLo' : 'debtHi'
        return `(local.set $above ${product})
      (local.set $${half} (f64x2.add (local.get $${half}) (f64x2.max (local.get $above) ${ZERO})))
      (local.set $${debt} (f64x2.sub (local.get $${debt}) (f64x2.min (local.get $above) ${ZERO})))`
      })}
      ${storeBins('lo', 0)}${storeBins('hi', 4)}
      (local.set $out (i32.add (local.get $out) (i32.const 8)))
      (local.set $blocks (i32.sub (local.get $blocks) (i32.const 1)))
      (br $block))))`

const widths = [...UNROLLED, null]
const text = `(module
  (import "env" "memory" (memory 1 65536 shared))
  ${widths.flatMap((width) => [false, true].flatMap((wide) => [scan(width, wide), bins(width, wide)])).join('\n')}
)`
const features = { simd: true, threads: true, sat_float_to_int: true, bulk_memory: true }
const module = (await wabt()).parseWat('scan-kernels.wat', text, features)
module.resolveNames()
module.validate(features)
const { buffer } = module.toBinary({ write_debug_names: false })
mkdirSync(join(root, 'dist'), { recursive: true })
writeFileSync(`${output}.new`, buffer)
renameSync(`${output}.new`, output)
