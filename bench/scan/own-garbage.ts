import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * The benchmark makes megabytes of garbage while it works out the truth, the scanner some kilobytes an event. Unless the
 * benchmark clears its own away before the clock starts, the engine does so in the scanner's time. How much the scanner leaves
 * behind is printed: one young collection, some half a millisecond, is due after every 16 MB of it.
 */
export class OwnGarbage {
  private readonly collect: (options: { readonly type: 'minor' }) => void
  private before = 0
  /** Bytes that were allocated per event, the idle gap before it included. */
  readonly bytes: number[] = []

  constructor() {
    setFlagsFromString('--expose-gc')
    const gc: unknown = runInNewContext('gc')
    if (typeof gc !== 'function') throw new Error('this Node has no gc()')
    this.collect = (options) => {
      Reflect.apply(gc, undefined, [options])
    }
  }

  /** Before the clock starts. */
  clear(): void {
    this.collect({ type: 'minor' })
    this.before = getHeapStatistics().used_heap_size
  }

  /** After it stopped. */
  note(): void {
    this.bytes.push(Math.max(0, getHeapStatistics().used_heap_size - this.before))
  }
}
