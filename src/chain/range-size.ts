/** Logs that one answer should hold: well below every known cap, and parsed in a few hundredths of a second. */
const TARGET_LOGS = 4_000
const MOST_BLOCKS = 1_000_000
/** Full ranges in a row after which a size that was once refused is tried again. */
const FIRST_PATIENCE = 16
const MOST_PATIENCE = 4_096

/** How many blocks the next range should have, from what became of those before. Pure; no clock, no I/O. */
export class RangeSize {
  private blocks: number
  /** No larger size is asked for until this one has done well for a while. */
  private ceiling = MOST_BLOCKS
  private streak = 0
  private patience = FIRST_PATIENCE
  private probing = false

  /** `slowMs`: an answer that takes longer asks for smaller ranges before the provider's own limit does. */
  constructor(
    first: number,
    private readonly slowMs: number,
  ) {
    this.blocks = Math.max(1, Math.min(first, MOST_BLOCKS))
  }

  get size(): number {
    return this.blocks
  }

  /** A range was answered. Short ranges (the last one, halves) tell only that they were not too large. */
  succeeded(blocks: number, logs: number, ms: number): void {
    if (blocks < this.blocks) return
    if (blocks >= this.ceiling && ++this.streak >= this.patience) {
      this.ceiling = Math.min(this.ceiling * 2, MOST_BLOCKS)
      this.streak = 0
      this.probing = true
    }
    const room = Math.min(TARGET_LOGS / Math.max(logs, 1), this.slowMs / Math.max(ms, 1))
    const factor = Math.min(Math.max(room, 0.5), 2)
    this.blocks = Math.max(1, Math.min(Math.floor(blocks * factor), this.ceiling))
  }

  /** A range was refused for its size. `stated` is what the provider said would do; `cap`: it says so of every range. */
  refused(blocks: number, stated: number | null, cap: boolean): number {
    const next = Math.max(1, stated ?? Math.floor(blocks / 2))
    // ranges that were on their way with the old size say nothing new
    this.blocks = Math.min(this.blocks, next)
    if (this.probing) this.patience = Math.min(this.patience * 2, MOST_PATIENCE)
    this.probing = false
    this.ceiling = Math.min(this.ceiling, next)
    if (cap) this.patience = MOST_PATIENCE
    this.streak = 0
    return next
  }
}
