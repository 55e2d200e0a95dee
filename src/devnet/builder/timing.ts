/**
 * Unix seconds of the next block: parent + block time while the wall clock is not more than a block time past that, else
 * the wall clock. Always later than the parent; a chain ahead of the clock keeps its pace.
 */
export function nextTimestamp(parent: number, blockTimeSeconds: number, nowMs: number): number {
  const due = parent + Math.max(1, Math.round(blockTimeSeconds))
  const now = Math.floor(nowMs / 1000)
  return now > due + Math.max(1, blockTimeSeconds) ? now : due
}

/** Calls `tick` every `periodMs`, never twice at a time; a tick that takes longer makes the next one wait. */
export class Clock {
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #on = false

  constructor(
    readonly periodMs: number,
    readonly tick: () => Promise<void>,
  ) {}

  start(): void {
    if (this.#on) return
    this.#on = true
    this.#schedule(Date.now() + this.periodMs)
  }

  /** Returns when no tick is running any more. */
  async stop(): Promise<void> {
    this.#on = false
    clearTimeout(this.#timer)
    await this.#running
  }

  #schedule(dueMs: number): void {
    this.#timer = setTimeout(
      () => {
        this.#running = this.tick().finally(() => {
          if (this.#on) this.#schedule(Math.max(dueMs + this.periodMs, Date.now()))
        })
      },
      Math.max(0, dueMs - Date.now()),
    )
  }
}
