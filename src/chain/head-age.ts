/** When is a head too old to act on? Pure. */

export interface Staleness {
  readonly stale: boolean
  /** One line for people, metrics and `/healthz`; null while all is well. */
  readonly reason: string | null
  readonly ageMs: number
}

export interface HeadTimes {
  readonly number: number
  readonly timestampMs: number
  readonly receivedAtMs: number
}

/** What Ethereum's clients used to allow a block to be ahead of their clock. */
export const MOST_AHEAD_MS = 15_000

/** max(2 block times, 5 s); 30 s on Ethereum, where a slot is missed now and then. */
export const headAgeLimitMs = (chainId: number, blockTimeSeconds: number): number =>
  chainId === 1 ? 30_000 : Math.max(2_000 * blockTimeSeconds, 5_000)

/**
 * A head is as old as the time since it came in or since its timestamp, whichever is longer: a node that syncs old
 * blocks quickly is stale as well. `byTimestamp` is off for chains whose clock is not the world's (a local devnet).
 */
export function headAge(
  newest: HeadTimes | null,
  nowMs: number,
  limitMs: number,
  byTimestamp: boolean,
  mayRunAhead = false,
): Staleness {
  if (!newest) return { stale: true, reason: 'no head yet', ageMs: Number.POSITIVE_INFINITY }
  const sinceReceived = nowMs - newest.receivedAtMs
  const aheadMs = byTimestamp && !mayRunAhead ? newest.timestampMs - nowMs : 0
  if (aheadMs > MOST_AHEAD_MS) {
    const reason = `head ${newest.number} is ${(aheadMs / 1000).toFixed(1)} s in the future: the node lies, or this machine's clock is late`
    return { stale: true, reason, ageMs: sinceReceived }
  }
  const ageMs = byTimestamp ? Math.max(sinceReceived, nowMs - newest.timestampMs) : sinceReceived
  if (ageMs <= limitMs) return { stale: false, reason: null, ageMs }
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
  return {
    stale: true,
    reason: `head ${newest.number} is ${seconds(ageMs)} old, the limit is ${seconds(limitMs)}`,
    ageMs,
  }
}
