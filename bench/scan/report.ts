import { median, quantile } from '../percentile.js'
import { table } from '../table.js'
import { ROLES, type ScanFigures } from './figures.js'
import type { LiveResult, Query } from './live.js'
import type { Times } from './rotation.js'

const fixed = (value: number, digits: number): string => (Number.isFinite(value) ? value.toFixed(digits) : '-')

export interface RotationFacts {
  readonly n: number
  readonly entries: number
  /** Bytes that the scan and both sums read. */
  readonly scanSetBytes: number
}

/** The rotation as a table; every column is computed from the medians. */
export function rotationTable(times: Times, { n, entries, scanSetBytes }: RotationFacts): string {
  const middle = (role: string): number => median(times.get(role) ?? [])
  const [baseline, limit] = [middle(ROLES.baseline), middle(ROLES.limit)]
  const streams = new Set<string>([ROLES.ours, ROLES.limit, ROLES.plain])
  const rows = [...times].map(([role, list]) => {
    const ms = median(list)
    const scans = role !== ROLES.baselineDelta
    return [
      role,
      fixed(ms, 3),
      fixed(quantile(list, 0.1), 3),
      fixed(quantile(list, 0.99), 3),
      scans ? fixed((ms * 1e6) / n, 2) : '-',
      scans ? fixed((ms * 1e6) / entries, 2) : '-',
      scans ? fixed(baseline / ms, 1) : '-',
      streams.has(role) ? fixed(scanSetBytes / ms / 1e6, 1) : '-',
      streams.has(role) ? fixed(ms / limit, 2) : '-',
      String(list.length),
    ]
  })
  const head = [
    'one thread',
    'median ms',
    'p10',
    'p99',
    'ns/position',
    'ns/entry',
    '× baseline',
    'GB/s',
    '× limit',
    'runs',
  ]
  return table([head, ...rows])
}

const CLASSES: readonly (readonly [string, number, number])[] = [
  ['rho ≤ 1.01', 0, 1.01],
  ['1.01 – 1.02', 1.01, 1.02],
  ['1.02 – 1.05', 1.02, 1.05],
  ['1.05 – 1.10', 1.05, 1.1],
  ['above', 1.1, Infinity],
]

function queryRow(name: string, queries: readonly Query[]): string[] {
  const us = queries.map((query) => query.us)
  const at = (q: number): string => fixed(quantile(us, q), 0)
  const rows = fixed(median(queries.map((query) => query.rows)), 0)
  const found = fixed(median(queries.map((query) => query.found)), 0)
  return [name, String(queries.length), at(0.5), at(0.9), at(0.99), at(0.999), at(1), rows, found]
}

/** One price update in the live stream, by how far the weights were from the reference epoch's. */
export function liveTable({ queries }: LiveResult): string {
  const head = ['price update → ids', 'events', 'p50 us', 'p90', 'p99', 'p99.9', 'max', 'rows', 'found']
  const classes = CLASSES.map(([name, above, upTo]) =>
    queryRow(
      name,
      queries.filter(({ rho }) => rho > above && rho <= upTo),
    ),
  )
  return table([head, ...classes.filter(([, events]) => events !== '0'), queryRow('all', queries)])
}

export const summary = (f: ScanFigures, { garbage, evictedUs }: LiveResult): string =>
  [
    `full scan ${f.fullScanMs} ms: ${f.timesBaseline} times the baseline, ${f.timesLimit} times the limit's time`,
    `price update (rho ≤ 1.02) ${f.hotP50Us} us p50, ${f.hotP99Us} us p99: ${f.hotTimesBaseline} times the baseline, ${f.hotTimesFullScanP50} / ${f.hotTimesFullScanP99} times a full scan`,
    `the same with nothing of the scanner in the caches ${fixed(median(evictedUs), 0)} us p50, ${fixed(quantile(evictedUs, 0.99), 0)} us p99`,
    `block of changes ${f.deltaP50Ms} ms p50, ${f.deltaP99Ms} ms p99: ${f.deltaTimesBaseline} times the baseline`,
    `main thread held ${f.stallP99Ms} ms at p99: ${f.stallPerFullScan} of a full scan`,
    `garbage of the scanner per event ${fixed(median(garbage) / 1024, 0)} KB p50, ${fixed(quantile(garbage, 0.99) / 1024, 0)} KB p99`,
    `${f.scanBytesPerAccount} bytes a position in the scan set, ${f.bytesPerAccount} in all; missed ${f.missed}, undecided ${f.undecided}`,
  ].join('\n')
