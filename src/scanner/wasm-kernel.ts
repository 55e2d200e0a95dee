import { readFileSync } from 'node:fs'
import { KeeperError, messageOf } from '../domain/errors.js'
import type { Kernel } from './kernel.js'
import type { Span } from './layout.js'

type Loop = (
  amounts: number,
  slots: number,
  ids: number,
  blocks: number,
  table: number,
  out: number,
  limit: number,
  width: number,
) => number

const UNROLLED = 8

/**
 * The generated SIMD module (`scripts/compile-kernels.mjs`), compiled once per process and handed to the worker. Null where
 * the engine has no WebAssembly SIMD. Throws `KeeperError('no-kernels')` when the build has not made it.
 */
export function loadKernels(): WebAssembly.Module | null {
  let bytes: Buffer
  try {
    bytes = readFileSync(require.resolve('#scanner/kernels'))
  } catch (error) {
    throw new KeeperError('no-kernels', `dist/scan-kernels.wasm cannot be read (${messageOf(error)}): npm run build`)
  }
  const binary = new Uint8Array(bytes)
  return WebAssembly.validate(binary) ? new WebAssembly.Module(binary) : null
}

/** The kernels as generated WebAssembly SIMD, one function per row length up to eight and one for all others. */
export class WasmKernel implements Kernel {
  readonly name = 'wasm-simd'
  private readonly scans: readonly (readonly Loop[])[]
  private readonly binners: readonly (readonly Loop[])[]

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } })
    const pick = (name: string): Loop => exports[name] as Loop
    const all = (name: string): Loop[][] =>
      ['', 'w'].map((end) =>
        Array.from({ length: UNROLLED + 1 }, (_, width) => pick(`${name}${width === 0 ? 'Any' : width}${end}`)),
      )
    this.scans = all('scan')
    this.binners = all('bins')
  }

  scan(
    { width, amountsAt, slotsAt, idsAt }: Span,
    blocks: number,
    wide: boolean,
    table: number,
    tolerance: number,
    out: number,
    few: boolean,
  ): number {
    const loop = this.scans[wide ? 1 : 0]?.[width > UNROLLED || (few && width > 1) ? 0 : width]
    if (loop === undefined) throw new RangeError(`no kernel for rows of ${width}`)
    return loop(amountsAt, slotsAt, idsAt, blocks, table, out, tolerance, width)
  }

  bins(
    { width, amountsAt, slotsAt, idsAt, blocks }: Span,
    wide: boolean,
    table: number,
    slack: number,
    out: number,
  ): void {
    const loop = this.binners[wide ? 1 : 0]?.[width > UNROLLED ? 0 : width]
    if (loop === undefined) throw new RangeError(`no kernel for rows of ${width}`)
    loop(amountsAt, slotsAt, idsAt, blocks, table, out, slack, width)
  }
}
