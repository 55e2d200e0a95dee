import type { RefusalCode } from '../domain/refusal.js'
import type { Database } from './database.js'
import { bigOf, numberOf, textOf } from './database.js'
import { backstopRows } from './backstop-report.js'
import { byMarket } from './by-market.js'
import { byOutcome } from './by-outcome.js'
import type { BookedRow, DayRow, LedgerReport } from './ledger.js'
import { readAttempts, readBookings, readRefusals, readTokens } from './reading.js'
import { sumDeltas } from './totals.js'

/** The first attempt of an intent speaks for a dry run: later ones are never made. */
const DRY_RUNS = `SELECT (SELECT net_wei FROM attempts WHERE intent_id = i.id ORDER BY sent_ms LIMIT 1) AS wei,
  (SELECT net_usd8 FROM attempts WHERE intent_id = i.id ORDER BY sent_ms LIMIT 1) AS usd8 FROM intents i WHERE i.dry_run = 1`

/** SQLite adds these up itself (it would say so, not wrap, above 92 billion dollars): the keeper asks between two blocks. */
const sumOf = (db: Database, column: string, from: string): bigint =>
  bigOf(db.one(`SELECT CAST(COALESCE(SUM(CAST(${column} AS INTEGER)), 0) AS TEXT) AS n FROM ${from}`) ?? {}, 'n')

export const readRealisedUsd8 = (db: Database): bigint => sumOf(db, 'net_usd8', 'bookings WHERE live = 1')
export const readDryRunUsd8 = (db: Database): bigint => sumOf(db, 'usd8', `(${DRY_RUNS})`)

const sum = (rows: readonly BookedRow[], figure: (row: BookedRow) => bigint): bigint =>
  rows.reduce((total, row) => total + figure(row), 0n)

/** What the lines of a day and of everything have in common. */
const totalsOf = (rows: readonly BookedRow[]) => ({
  gasWei: sum(rows, (row) => row.gasWei),
  bidWei: sum(rows, (row) => row.bidWei),
  expectedNetUsd8: sum(rows, (row) => row.expectedNetUsd8),
  netUsd8: sum(rows, (row) => row.netUsd8 ?? 0n),
  unvalued: rows.filter((row) => row.netUsd8 === null || row.unpriced.length > 0).length,
  deltas: sumDeltas(rows.map((row) => row.deltas)),
})

function daysOf(bookings: readonly BookedRow[]): DayRow[] {
  const byDay = new Map<string, BookedRow[]>()
  for (const row of bookings) byDay.set(row.day, [...(byDay.get(row.day) ?? []), row])
  return [...byDay].map(([day, rows]) => {
    const reverted = rows.filter((row) => row.status === 0).length
    return { day, transactions: rows.length, reverted, ...totalsOf(rows) }
  })
}

function counted<K>(keys: readonly K[]): Map<K, number> {
  const counts = new Map<K, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

export function readReport(db: Database): LedgerReport {
  const bookings = readBookings(db)
  const attemptRows = readAttempts(db)
  const intents = db.all('SELECT id, outcome, dry_run FROM intents ORDER BY created_ms, id').map((row) => ({
    id: textOf(row, 'id'),
    outcome: numberOf(row, 'dry_run') === 1 ? 'dry-run' : textOf(row, 'outcome'),
  }))
  const refusals: RefusalCode[] = readRefusals(db).map((row) => row.code)
  return {
    bookings,
    attemptRows,
    tokens: readTokens(db),
    ...totalsOf(bookings),
    days: daysOf(bookings),
    markets: byMarket(bookings),
    backstop: backstopRows(bookings),
    strays: sumDeltas(bookings.map((row) => row.strays)),
    intents: intents.length,
    attempts: attemptRows.length,
    outcomes: counted(intents.map((row) => row.outcome)),
    outcomeRows: byOutcome(intents, attemptRows, bookings),
    refusals: counted(refusals),
    builders: counted(bookings.map((row) => row.builder)),
    dryRunNetWei: db.all(DRY_RUNS).reduce((total, row) => total + (row['wei'] === null ? 0n : bigOf(row, 'wei')), 0n),
    dryRunNetUsd8: readDryRunUsd8(db),
  }
}
