/** Says on stderr how far a long step is: nothing in the first two seconds, then a line every two. */
export class Progress {
  private readonly started = Date.now()
  private spoken = this.started

  constructor(
    private readonly what: string,
    private readonly of: number,
  ) {}

  readonly at = (done: number): void => {
    const now = Date.now()
    if (now - this.spoken < 2_000) return
    this.spoken = now
    const seconds = (now - this.started) / 1000
    const left = done > 0 ? `, ${((seconds / done) * (this.of - done)).toFixed(0)} s left` : ''
    process.stderr.write(`bench: ${this.what}: ${((100 * done) / this.of).toFixed(0)} %${left}\n`)
  }
}
