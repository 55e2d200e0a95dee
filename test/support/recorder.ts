import type { LogFields, Logger, Metrics } from '../../src/domain/ports.js'

/** A logger and a metrics sink that tests read back. */
export class Recorder implements Logger, Metrics {
  readonly lines: { readonly level: string; readonly event: string; readonly fields: LogFields }[] = []
  private readonly counters = new Map<string, number>()

  debug = (event: string, fields: LogFields = {}): void => void this.lines.push({ level: 'debug', event, fields })
  info = (event: string, fields: LogFields = {}): void => void this.lines.push({ level: 'info', event, fields })
  warn = (event: string, fields: LogFields = {}): void => void this.lines.push({ level: 'warn', event, fields })
  error = (event: string, fields: LogFields = {}): void => void this.lines.push({ level: 'error', event, fields })

  count(name: string, labels: Readonly<Record<string, string>> = {}, by = 1): void {
    for (const key of new Set([name, `${name} ${Object.values(labels).join(' ')}`]))
      this.counters.set(key, (this.counters.get(key) ?? 0) + by)
  }

  /** Newest value of each gauge, as `name label-values…`. */
  readonly gauges = new Map<string, number>()
  gauge(name: string, value: number, labels: Readonly<Record<string, string>> = {}): void {
    this.gauges.set([name, ...Object.values(labels)].join(' '), value)
  }

  observe(): void {
    // no test reads timings
  }

  /** Of `name`, or of `name label-values…`. */
  counted(key: string): number {
    return this.counters.get(key) ?? 0
  }

  /** Requests by RPC method. */
  methods(): ReadonlyMap<string, number> {
    const found = [...this.counters].filter(([key]) => key.startsWith('rpc_requests '))
    return new Map(found.map(([key, n]) => [key.slice('rpc_requests '.length), n]))
  }

  text(): string {
    return JSON.stringify(this.lines)
  }
}
