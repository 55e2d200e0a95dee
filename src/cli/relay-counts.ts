import type { AttemptRow } from '../ledger/ledger.js'

/** What one relay made of the bundles that were sent to it. */
export interface RelayCounts {
  readonly relay: string
  /** Bundles that left for it. */
  readonly sent: number
  readonly accepted: number
  readonly rejected: number
  readonly rateLimited: number
  /** Without a readable answer: possibly accepted. */
  readonly unknown: number
  /** Accepted ones whose transaction landed; whose block it was is told per builder. */
  readonly landed: number
}

/** Counters of every relay over all attempts, by name. Pure. */
export function relayCounts(attempts: readonly AttemptRow[]): readonly RelayCounts[] {
  const counts = new Map<string, RelayCounts>()
  for (const { answers, outcome } of attempts) {
    for (const { relay, kind } of answers) {
      const zero = { relay, sent: 0, accepted: 0, rejected: 0, rateLimited: 0, unknown: 0, landed: 0 }
      const before = counts.get(relay) ?? zero
      const one = (yes: boolean): number => (yes ? 1 : 0)
      counts.set(relay, {
        relay,
        sent: before.sent + 1,
        accepted: before.accepted + one(kind === 'accepted'),
        rejected: before.rejected + one(kind === 'rejected'),
        rateLimited: before.rateLimited + one(kind === 'rateLimited'),
        unknown: before.unknown + one(kind === 'unknown'),
        landed: before.landed + one(kind === 'accepted' && outcome === 'landed'),
      })
    }
  }
  return [...counts.values()].sort((a, b) => a.relay.localeCompare(b.relay))
}
