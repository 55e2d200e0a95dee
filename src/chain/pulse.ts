/** Wakes one waiting loop: by `beat`, by the time or by the end of it all; beats while nobody waits are kept as one. */
export class Pulse {
  private wake: (() => void) | null = null
  private pending = false

  beat(): void {
    this.pending = true
    this.wake?.()
  }

  async next(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (!this.pending && !signal.aborted)
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', done)
          this.wake = null
          resolve()
        }
        const timer = setTimeout(done, timeoutMs)
        signal.addEventListener('abort', done, { once: true })
        this.wake = done
      })
    this.pending = false
  }
}
