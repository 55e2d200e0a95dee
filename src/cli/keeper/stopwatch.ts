/** Where the time of one decision went. */
export class Stopwatch {
  readonly laps: [stage: string, seconds: number][] = []
  private readonly started = performance.now()
  private last = this.started

  /** The stage that ends now. */
  lap(stage: string): void {
    const now = performance.now()
    this.laps.push([stage, (now - this.last) / 1000])
    this.last = now
  }

  /** From the start to the end of the last stage. */
  get seconds(): number {
    return (this.last - this.started) / 1000
  }
}
