import type { PositionId } from '../domain/market.js'

/** Whom the next audit looks at: those named for it, and some of all by turns. */
export class AuditSample {
  private queue = new Set<PositionId>()
  private rotation: Iterator<PositionId> | null = null

  constructor(
    private readonly limits: { readonly sample: number; readonly candidates: number },
    /** Told how many named positions had no place. */
    private readonly tooMany: (count: number) => void,
  ) {}

  /** Positions that the next audit looks at in any case. */
  add(positions: Iterable<PositionId>): void {
    let left = 0
    for (const position of positions)
      if (this.queue.size < this.limits.candidates || this.queue.has(position)) this.queue.add(position)
      else left++
    if (left > 0) this.tooMany(left)
  }

  /** The state was replaced: the rotation over its positions begins again. */
  restart(): void {
    this.rotation = null
  }

  /** Named positions and the next ones of `all`, each once. */
  take(all: Iterable<PositionId>): PositionId[] {
    const chosen = this.queue
    this.queue = new Set()
    this.rotation ??= all[Symbol.iterator]()
    for (let i = 0; i < this.limits.sample; i++) {
      const next = this.rotation.next()
      if (next.done) {
        this.rotation = null
        break
      }
      chosen.add(next.value)
    }
    return [...chosen]
  }
}
