/** What `/healthz` answers. `problems` is empty when the keeper does its work; each problem is one sentence. */
export interface HealthReport {
  readonly problems: readonly string[]
  /** Figures for people and monitors: block, ages, mode … Never a secret. */
  readonly facts: Readonly<Record<string, string | number | boolean | null>>
}

export interface Pulse {
  readonly nowMs: number
  readonly startedAtMs: number
  /** Null before the first head. */
  readonly headNumber: number | null
  readonly headAgeMs: number
  /** Why the head is stale, as the head follower says it; null while it is fresh. */
  readonly headProblem: string | null
  /** When the last scan ended and the block it was for; null before the first. */
  readonly scannedAtMs: number | null
  readonly scannedBlock: number | null
  /** Longest that a head may wait for its scan. */
  readonly maxScanGapMs: number
}

const seconds = (milliseconds: number): number => Math.round(milliseconds / 1000)

/** The scan stands still: heads come, but none was scanned for too long. One sentence, or null. */
export function scanProblem(pulse: Pulse): string | null {
  const { nowMs, headNumber, scannedBlock, scannedAtMs, startedAtMs, maxScanGapMs } = pulse
  if (headNumber === null || (scannedBlock !== null && scannedBlock >= headNumber)) return null
  const still = nowMs - (scannedAtMs ?? startedAtMs)
  if (still <= maxScanGapMs) return null
  const last = scannedBlock === null ? 'nothing was scanned yet' : `the last scan was of block ${scannedBlock}`
  return `the scan stands still: ${last}, ${seconds(still)} s ago, and the head is ${headNumber}`
}

/** The report of a running keeper from its pulse; `more` adds problems and facts of the composition. */
export function healthOf(pulse: Pulse, more: HealthReport = { problems: [], facts: {} }): HealthReport {
  const own = [pulse.headProblem, scanProblem(pulse)].filter((problem) => problem !== null)
  const facts = {
    head: pulse.headNumber,
    headAgeSeconds: pulse.headNumber === null ? null : seconds(pulse.headAgeMs),
    scannedBlock: pulse.scannedBlock,
    upSeconds: seconds(pulse.nowMs - pulse.startedAtMs),
  }
  return { problems: [...own, ...more.problems], facts: { ...facts, ...more.facts } }
}
