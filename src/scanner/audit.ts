import { IdLog } from './id-log.js'

/** The answer of the hot prefix that another thread is checking by a full scan. */
export class Audit {
  private readonly touched = new IdLog()

  constructor(private readonly hits: Uint32Array) {}

  /** A row changed meanwhile: the two answers need not agree on it. */
  touch(id: number): void {
    this.touched.push(id)
  }

  /** Positions that one side names and the other does not. `all` is sorted in place. */
  compare(all: Uint32Array): Difference {
    const full = all.sort()
    const hot = this.hits.slice().sort()
    if (full.length === hot.length && full.every((id, i) => id === hot[i])) return { missing: [], extra: [] }
    const touched = this.touched.distinct()
    const [inFull, inHot] = [new Set(full), new Set(hot)]
    const missing = [...inFull].filter((id) => !inHot.has(id) && !touched.has(id))
    const extra = [...inHot].filter((id) => !inFull.has(id) && !touched.has(id))
    return { missing, extra }
  }
}

/** `missing`: only the full scan named them, the hot prefix missed. `extra`: only the hot prefix did. */
export interface Difference {
  readonly missing: readonly number[]
  readonly extra: readonly number[]
}
