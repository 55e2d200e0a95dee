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

const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 5_000

/**
 * How long to wait for the next look: a fraction of a block, more where heads are announced. After a failure soon, however
 * long the chain's blocks are: most failures are a node in the middle of a reorg; then ever later.
 */
export function pauseMsOf(blockMs: number, failures: number, announced: boolean): number {
  const poll = Math.min(Math.max(blockMs / 4, 100), 3_000)
  if (failures > 0) return Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 5), LONGEST_RETRY_MS)
  return announced ? Math.max(2 * blockMs, 2_000) : poll
}
