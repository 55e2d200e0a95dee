/** Small interfaces that cross the import order: implemented in `ops/`, passed in by the composition. */

export type LogFields = Readonly<Record<string, unknown>>

/** Structured log. `event` is a stable word (`candidate`, `refused`, `bundle`, `landed` …), the fields carry the figures. */
export interface Logger {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

/** Counters and timings by stable names (docs/metrics in `src/ops`). Labels have few values; never a position or a hash. */
export interface Metrics {
  count(name: string, labels?: Readonly<Record<string, string>>, by?: number): void
  gauge(name: string, value: number, labels?: Readonly<Record<string, string>>): void
  observe(name: string, seconds: number, labels?: Readonly<Record<string, string>>): void
}

const nothing = (): undefined => undefined
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }
export const noMetrics: Metrics = { count: nothing, gauge: nothing, observe: nothing }
