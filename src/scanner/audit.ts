/** The answer of the hot prefix that another thread is checking by a full scan. */
export class Audit {
  private readonly touched = new Set<number>()

  constructor(private readonly hits: Uint32Array) {}

  /** A row changed meanwhile: the two answers need not agree on it. */
  touch(id: number): void {
    this.touched.add(id)
  }

  /** Positions that one side names and the other does not. */
  compare(all: Uint32Array): Difference {
    const full = new Set(all)
    const hot = new Set(this.hits)
    const missing = [...full].filter((id) => !hot.has(id) && !this.touched.has(id))
    const extra = [...hot].filter((id) => !full.has(id) && !this.touched.has(id))
    return { missing, extra }
  }
}

/** `missing`: only the full scan named them, the hot prefix missed. `extra`: only the hot prefix did. */
export interface Difference {
  readonly missing: readonly number[]
  readonly extra: readonly number[]
}
