import { positionsOf } from '../execution/records.js'
import { partsOf } from './by-market.js'
import type { AttemptRow, BookedRow, OutcomeRow } from './ledger.js'

/** What the ledger knows of an intent beside its attempts. */
export interface IntentRow {
  readonly id: string
  /** `dry-run` for what was never sent. */
  readonly outcome: string
}

type Figures = Omit<OutcomeRow, 'outcome'>
const NOTHING: Figures = { intents: 0, positions: 0, expectedNetUsd8: 0n, netUsd8: 0n }

/**
 * Intents by what became of them: what was expected (by the newest attempt of each) and what was earned. The difference is
 * what outbid, expired and reverted ones cost. Positions without which a transaction landed were outbid, with their part of
 * what was expected; their intent has landed.
 */
export function byOutcome(
  intents: readonly IntentRow[],
  attempts: readonly AttemptRow[],
  bookings: readonly BookedRow[],
): OutcomeRow[] {
  const newest = new Map(attempts.map((attempt) => [attempt.intentId, attempt]))
  const mined = new Map(bookings.map((booking) => [booking.intentId, booking]))
  const realised = new Map<string, bigint>()
  for (const { intentId, netUsd8 } of bookings) realised.set(intentId, (realised.get(intentId) ?? 0n) + (netUsd8 ?? 0n))
  const rows = new Map<string, Figures>()
  const add = (outcome: string, more: Figures): void => {
    const before = rows.get(outcome) ?? NOTHING
    rows.set(outcome, {
      intents: before.intents + more.intents,
      positions: before.positions + more.positions,
      expectedNetUsd8: before.expectedNetUsd8 + more.expectedNetUsd8,
      netUsd8: before.netUsd8 + more.netUsd8,
    })
  }
  for (const { id, outcome } of intents) {
    const { legs, lost } = mined.get(id) ?? { legs: newest.get(id)?.legs ?? [], lost: [] }
    const gross = (of: typeof legs): bigint => of.reduce((sum, leg) => sum + (leg.gross > 0n ? leg.gross : 0n), 0n)
    const weights = lost.length > 0 && gross([...legs, ...lost]) > 0n ? [gross(legs), gross(lost)] : [1n, 0n]
    const [kept = 0n, gone = 0n] = partsOf(newest.get(id)?.expectedNetUsd8 ?? 0n, weights)
    const netUsd8 = realised.get(id) ?? 0n
    add(outcome, { intents: 1, positions: positionsOf(legs).length, expectedNetUsd8: kept, netUsd8 })
    if (lost.length === 0) continue
    add('outbid', { intents: 0, positions: positionsOf(lost).length, expectedNetUsd8: gone, netUsd8: 0n })
  }
  return [...rows].map(([outcome, figures]) => ({ outcome, ...figures }))
}
