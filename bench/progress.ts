/** Says on stderr how far a long step is: nothing in the first two seconds, then ever less often, down to every ten. */
export class Progress {
  private readonly started = Date.now()
  private next = this.started + 2_000

  constructor(
    private readonly what: string,
    private readonly of: number,
  ) {}

  readonly at = (done: number): void => {
    const now = Date.now()
    if (now < this.next) return
    this.next = now + Math.min(10_000, Math.max(2_000, now - this.started))
    const seconds = (now - this.started) / 1000
    const left = done > 0 ? `, ${((seconds / done) * (this.of - done)).toFixed(0)} s left` : ''
    process.stderr.write(`bench: ${this.what}: ${((100 * done) / this.of).toFixed(0)} %${left}\n`)
  }
}
