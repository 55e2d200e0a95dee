import { createMetrics, type PrometheusMetrics } from '../../src/ops/metrics.js'

/** The keeper's metrics, and beside them every observation of one of `names` in full. */
export class Recorder {
  readonly metrics: PrometheusMetrics
  /** Seconds, by the metric's name and its label. */
  private readonly seen = new Map<string, number[]>()

  constructor(names: readonly string[]) {
    const real = createMetrics()
    this.metrics = {
      contentType: real.contentType,
      page: () => real.page(),
      count: (...args) => {
        real.count(...args)
      },
      gauge: (...args) => {
        real.gauge(...args)
      },
      observe: (name, seconds, labels) => {
        real.observe(name, seconds, labels)
        if (!names.includes(name)) return
        const key = [name, ...Object.values(labels ?? {})].join(' ')
        const known = this.seen.get(key)
        if (known === undefined) this.seen.set(key, [seconds])
        else known.push(seconds)
      },
    }
  }

  /** Milliseconds per label of one metric. */
  of(name: string): ReadonlyMap<string, readonly number[]> {
    const found = new Map<string, readonly number[]>()
    for (const [key, seconds] of this.seen)
      if (key.startsWith(`${name} `))
        found.set(
          key.slice(name.length + 1),
          seconds.map((s) => s * 1000),
        )
    return found
  }
}
