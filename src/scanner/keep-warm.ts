/**
 * Repeats a short piece of work while the process idles. A core that sleeps for some milliseconds wakes with empty caches and
 * a forgotten branch history, and the one answer that counts is the first after such a pause: it waits for memory for as long
 * as it computes. Keeps no process alive.
 */
export class KeepWarm {
  private timer: NodeJS.Timeout | null = null

  constructor(
    private readonly work: () => void,
    /** Milliseconds between two repetitions; 0 for none at all. */
    private readonly everyMs: number,
  ) {}

  /** Does nothing when it runs already. */
  start(): void {
    if (this.everyMs > 0) this.timer ??= setInterval(this.work, this.everyMs).unref()
  }

  stop(): void {
    if (this.timer !== null) clearInterval(this.timer)
    this.timer = null
  }
}
