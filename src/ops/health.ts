/** What `/healthz` answers. `problems` is empty when the keeper does its work; each problem is one sentence. */
export interface HealthReport {
  readonly problems: readonly string[]
  /** Figures for people and monitors: block, ages, mode … Never a secret. */
  readonly facts: Readonly<Record<string, string | number | boolean | null>>
}

export interface Pulse {
  readonly nowMs: number
  /** Unix milliseconds of the newest block's timestamp; null before the first head. */
  readonly headTimestampMs: number | null
  readonly headNumber: number | null
  /** When the last scan ended, and the block it was for. */
  readonly scannedAtMs: number | null
  readonly scannedBlock: number | null
  readonly startedAtMs: number
  readonly maxHeadAgeMs: number
}

const seconds = (milliseconds: number): number => Math.round(milliseconds / 1000)

/** The head is stale: none yet, or its timestamp too old. One sentence, or null. */
export function headProblem(pulse: Pulse): string | null {
  const { nowMs, headTimestampMs, maxHeadAgeMs, startedAtMs } = pulse
  if (headTimestampMs === null) {
    if (nowMs - startedAtMs <= maxHeadAgeMs) return null
    return `no block seen for ${seconds(nowMs - startedAtMs)} s since the start`
  }
  const age = nowMs - headTimestampMs
  if (age <= maxHeadAgeMs) return null
  return `the head is stale: block ${pulse.headNumber ?? '?'} is ${seconds(age)} s old (MAX_HEAD_AGE_SECONDS is ${seconds(maxHeadAgeMs)})`
}

/** The scan stands still: heads come, but none was scanned for too long. One sentence, or null. */
export function scanProblem(pulse: Pulse): string | null {
  const { nowMs, headNumber, scannedBlock, scannedAtMs, startedAtMs, maxHeadAgeMs } = pulse
  if (headNumber === null || (scannedBlock !== null && scannedBlock >= headNumber)) return null
  const still = nowMs - (scannedAtMs ?? startedAtMs)
  if (still <= maxHeadAgeMs) return null
  const last = scannedBlock === null ? 'nothing was scanned yet' : `the last scan was of block ${scannedBlock}`
  return `the scan stands still: ${last}, ${seconds(still)} s ago, and the head is ${headNumber}`
}

/** The report of a running keeper from its pulse; `more` adds problems and facts of the composition. */
export function healthOf(pulse: Pulse, more: HealthReport = { problems: [], facts: {} }): HealthReport {
  const own = [headProblem(pulse), scanProblem(pulse)].filter((problem) => problem !== null)
  const facts = {
    head: pulse.headNumber,
    headAgeSeconds: pulse.headTimestampMs === null ? null : seconds(pulse.nowMs - pulse.headTimestampMs),
    scannedBlock: pulse.scannedBlock,
    upSeconds: seconds(pulse.nowMs - pulse.startedAtMs),
  }
  return { problems: [...own, ...more.problems], facts: { ...facts, ...more.facts } }
}
