import { KeeperError } from '../domain/errors.js'

const PAGE = 65_536
/** Regions start at multiples of a cache line. */
const LINE = 64
/** Memory grows by at least this, so that a growing market does not ask the operating system for every block. */
const GROW_PAGES = 16
const DEFAULT_MAXIMUM = 3 * 2 ** 30

interface Region {
  at: number
  size: number
}

/**
 * Regions of one shared `WebAssembly.Memory` that main thread, worker and kernels address alike. The memory grows up to a
 * stated maximum. Growing makes a new `SharedArrayBuffer` over the same bytes: a view of a region, made after the region
 * was allocated, stays valid for ever, so no view is ever refreshed; whoever wants all of the memory asks `memory.buffer`
 * each time. Only the main thread allocates.
 */
export class Arena {
  readonly memory: WebAssembly.Memory
  private readonly free: Region[] = []
  private top = LINE

  constructor(private readonly maximumBytes = DEFAULT_MAXIMUM) {
    const maximum = Math.floor(maximumBytes / PAGE)
    this.memory = new WebAssembly.Memory({ initial: Math.min(GROW_PAGES, maximum), maximum, shared: true })
  }

  /** A region of at least `bytes`, its contents undefined. Throws `KeeperError('scan-memory')` beyond the maximum. */
  allocate(bytes: number): number {
    const size = Math.ceil(Math.max(bytes, 1) / LINE) * LINE
    const index = this.free.findIndex((region) => region.size >= size)
    const region = this.free[index]
    if (region !== undefined) {
      const { at } = region
      region.at += size
      region.size -= size
      if (region.size === 0) this.free.splice(index, 1)
      return at
    }
    const at = this.top
    this.ensure(at + size)
    this.top = at + size
    return at
  }

  /** Gives a region back; nobody may use its views any more. */
  release(at: number, bytes: number): void {
    this.free.push({ at, size: Math.ceil(Math.max(bytes, 1) / LINE) * LINE })
  }

  private ensure(bytes: number): void {
    const missing = bytes - this.memory.buffer.byteLength
    if (missing <= 0) return
    if (bytes > this.maximumBytes)
      throw new KeeperError('scan-memory', `the scan needs more than its ${this.maximumBytes} bytes of shared memory`)
    const room = Math.floor((this.maximumBytes - this.memory.buffer.byteLength) / PAGE)
    this.memory.grow(Math.min(room, Math.max(GROW_PAGES, Math.ceil(missing / PAGE))))
  }
}
