import type { AttemptRow, BookedRow, OutcomeRow } from './ledger.js'

/** What the ledger knows of an intent beside its attempts. */
export interface IntentRow {
  readonly id: string
  /** `dry-run` for what was never sent. */
  readonly outcome: string
}

/**
 * Intents by what became of them: what was expected (by the newest attempt of each) and what was earned. The difference is
 * what outbid, expired and reverted ones cost.
 */
export function byOutcome(
  intents: readonly IntentRow[],
  attempts: readonly AttemptRow[],
  bookings: readonly BookedRow[],
): OutcomeRow[] {
  const expected = new Map(attempts.map((attempt) => [attempt.intentId, attempt.expectedNetUsd8]))
  const realised = new Map<string, bigint>()
  for (const { intentId, netUsd8 } of bookings) realised.set(intentId, (realised.get(intentId) ?? 0n) + (netUsd8 ?? 0n))
  const rows = new Map<string, OutcomeRow>()
  for (const { id, outcome } of intents) {
    const before = rows.get(outcome) ?? { outcome, intents: 0, expectedNetUsd8: 0n, netUsd8: 0n }
    rows.set(outcome, {
      outcome,
      intents: before.intents + 1,
      expectedNetUsd8: before.expectedNetUsd8 + (expected.get(id) ?? 0n),
      netUsd8: before.netUsd8 + (realised.get(id) ?? 0n),
    })
  }
  return [...rows.values()]
}
