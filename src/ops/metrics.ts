import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Metrics } from '../domain/ports.js'
import { BUCKETS, METRIC_HELP } from './metric-names.js'

type Labels = Readonly<Record<string, string>>

interface Configuration {
  readonly name: string
  readonly help: string
  readonly labelNames: string[]
}

/** The keeper's metrics, as prom-client keeps them. `page` is the text of `/metrics`. */
export interface PrometheusMetrics extends Metrics {
  page(): Promise<string>
  readonly contentType: string
}

/**
 * All metrics of one kind. One comes into being when it is first used, with the labels of that use. Later uses may lack a
 * label (it is then empty) or bring another (it is left out): no call on the hot path throws for its labels.
 */
class Family<M> {
  readonly #made = new Map<string, { readonly metric: M; readonly labelNames: readonly string[] }>()

  constructor(
    private readonly end: string,
    private readonly make: (configuration: Configuration) => M,
  ) {}

  of(name: string, labels: Labels): { readonly metric: M; readonly labels: Record<string, string> } {
    const { metric, labelNames } = this.#made.get(name) ?? this.#create(name, labels)
    return { metric, labels: Object.fromEntries(labelNames.map((label) => [label, labels[label] ?? ''])) }
  }

  #create(name: string, labels: Labels): { readonly metric: M; readonly labelNames: readonly string[] } {
    const labelNames = Object.keys(labels)
    const help = METRIC_HELP[name] ?? name.replaceAll('_', ' ')
    const full = `keeper_${name.endsWith(this.end) ? name : name + this.end}`
    const made = { metric: this.make({ name: full, help, labelNames }), labelNames }
    this.#made.set(name, made)
    return made
  }
}

/**
 * `count('heads')` is `keeper_heads_total`, `observe('scan_seconds', …)` the histogram `keeper_scan_seconds`, a gauge keeps
 * its name after `keeper_`. Counters only grow: what can fall (profit) is a gauge.
 */
export function createMetrics(): PrometheusMetrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const counters = new Family('_total', (c) => new Counter({ ...c, registers }))
  const gauges = new Family('', (c) => new Gauge({ ...c, registers }))
  const histograms = new Family('_seconds', (c) => new Histogram({ ...c, buckets: BUCKETS, registers }))
  return {
    contentType: registry.contentType,
    page: () => registry.metrics(),
    count: (name, labels = {}, by = 1) => {
      const counter = counters.of(name, labels)
      counter.metric.inc(counter.labels, by)
    },
    gauge: (name, value, labels = {}) => {
      const gauge = gauges.of(name, labels)
      gauge.metric.set(gauge.labels, value)
    },
    observe: (name, seconds, labels = {}) => {
      const histogram = histograms.of(name, labels)
      histogram.metric.observe(histogram.labels, seconds)
    },
  }
}
