/**
 * `npm run bench [-- <which> …]`: the first word names the benchmark, without one it is `scan`. Each benchmark reads the
 * rest of the arguments itself, prints a table, and with `--json` one JSON object a line at the end of stdout.
 */
export interface Benchmark {
  /** One line for the list of benchmarks. */
  readonly summary: string
  /** Runs it; resolves with the process's exit code. Throws `UsageError` for arguments it does not know. */
  run(args: readonly string[]): Promise<number>
}

/** A wrong argument: shown as one line, exit code 2. */
export class UsageError extends Error {}
