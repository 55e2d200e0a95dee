const HOUR_MS = 3_600_000

/**
 * How many bundles may turn out to fail after they were sent. Relays weigh what a sender's bundles pay against all gas they
 * had to simulate for it: failing ones make it a stranger again. Over an hour that slides; it forgets with the process.
 */
export class ReputationBudget {
  private failures: readonly number[] = []

  constructor(
    readonly limit: number,
    private readonly nowMs: () => number,
  ) {}

  /** A bundle that is out failed its simulation. */
  spend(): void {
    this.failures = [...this.recent(), this.nowMs()].slice(-this.limit - 1)
  }

  /** Then nothing leaves that has not passed a simulation before. */
  get isExhausted(): boolean {
    return this.recent().length >= this.limit
  }

  private recent(): readonly number[] {
    const oldest = this.nowMs() - HOUR_MS
    return this.failures.filter((atMs) => atMs > oldest)
  }
}
