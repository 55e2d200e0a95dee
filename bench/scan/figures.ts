import { median, quantile, rounded } from '../percentile.js'
import type { LiveResult } from './live.js'
import type { Times } from './rotation.js'

/** What one size measured; the JSON object of `--json`. Times in ms or us as named, ratios follow from the times here. */
export interface ScanFigures {
  readonly n: number
  readonly fullScanMs: number
  readonly baselineMs: number
  /** baselineMs ÷ fullScanMs. */
  readonly timesBaseline: number
  readonly csrMs: number
  /** baselineMs ÷ csrMs. */
  readonly baselinePerCsr: number
  readonly limitMs: number
  /** fullScanMs ÷ limitMs. */
  readonly timesLimit: number
  readonly plainSumMs: number
  readonly hotP50Us: number
  readonly hotP99Us: number
  readonly hotTimesBaseline: number
  readonly hotTimesFullScanP50: number
  readonly hotTimesFullScanP99: number
  readonly deltaP50Ms: number
  readonly deltaP99Ms: number
  readonly baselineDeltaMs: number
  readonly deltaTimesBaseline: number
  readonly stallP99Ms: number
  readonly stallPerFullScan: number
  readonly scanBytesPerAccount: number
  readonly bytesPerAccount: number
  readonly missed: number
  readonly undecided: number
  readonly digestOk: boolean | null
}

export interface Memory {
  readonly scanBytes: number
  readonly allBytes: number
}

/** The names of those who take turns in the rotation. */
export const ROLES = {
  baseline: 'BigInt objects (baseline)',
  csr: 'plain JS, rows in a line (CSR)',
  ours: 'full scan (ours)',
  limit: 'WASM SIMD sum (limit)',
  plain: 'Float64Array sum',
  baselineDelta: 'a block of changes, BigInt objects',
} as const

export interface Measured {
  readonly n: number
  readonly times: Times
  readonly live: LiveResult
  readonly memory: Memory
  readonly missed: number
  readonly digestOk: boolean | null
}

/** Every ratio is computed from the rounded times that are printed, so that a reader can follow it. */
export function figuresOf({ n, times, live, memory, missed, digestOk }: Measured): ScanFigures {
  const ms = (role: keyof typeof ROLES): number => rounded(median(times.get(ROLES[role]) ?? []))
  const [fullScanMs, baselineMs, csrMs, limitMs] = [ms('ours'), ms('baseline'), ms('csr'), ms('limit')]
  const [hotP50Us, hotP99Us] = [rounded(quantile(live.hotUs, 0.5)), rounded(quantile(live.hotUs, 0.99))]
  const baselineDeltaMs = ms('baselineDelta')
  const deltaP50Ms = rounded(quantile(live.deltaMs, 0.5))
  const stallP99Ms = rounded(quantile(live.stallMs, 0.99))
  return {
    n,
    fullScanMs,
    baselineMs,
    timesBaseline: rounded(baselineMs / fullScanMs),
    csrMs,
    baselinePerCsr: rounded(baselineMs / csrMs),
    limitMs,
    timesLimit: rounded(fullScanMs / limitMs),
    plainSumMs: ms('plain'),
    hotP50Us,
    hotP99Us,
    hotTimesBaseline: rounded((baselineMs * 1000) / hotP50Us),
    hotTimesFullScanP50: rounded((fullScanMs * 1000) / hotP50Us),
    hotTimesFullScanP99: rounded((fullScanMs * 1000) / hotP99Us),
    deltaP50Ms,
    deltaP99Ms: rounded(quantile(live.deltaMs, 0.99)),
    baselineDeltaMs,
    deltaTimesBaseline: rounded(baselineDeltaMs / deltaP50Ms),
    stallP99Ms,
    stallPerFullScan: rounded(stallP99Ms / fullScanMs),
    scanBytesPerAccount: rounded(memory.scanBytes / n),
    bytesPerAccount: rounded(memory.allBytes / n),
    missed,
    undecided: live.undecided,
    digestOk,
  }
}
