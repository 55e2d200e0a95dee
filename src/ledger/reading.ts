import { toAddress } from '../domain/chain.js'
import type { Address, Hex } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import { REFUSAL_CODES } from '../domain/refusal.js'
import type { RefusalCode } from '../domain/refusal.js'
import type { LegRecord } from '../execution/records.js'
import type { Database, Row } from './database.js'
import { bigOf, numberOf, textOf } from './database.js'
import type { BookedRow, DayRow, LedgerReport, RefusalRow } from './ledger.js'
import { sumDeltas } from './totals.js'

const asHex = (row: Row, column: string): Hex => textOf(row, column) as Hex
const dayOf = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10)

interface RawLeg {
  readonly market: string
  readonly position: string
  readonly collateral: string
  readonly debt: string
  readonly route: string
  readonly repay: string
  readonly seize: string
  readonly gross: string
}

function legsOf(text: string): LegRecord[] {
  return (JSON.parse(text) as RawLeg[]).map((leg) => ({
    ...leg,
    collateral: toAddress(leg.collateral),
    debt: toAddress(leg.debt),
    repay: BigInt(leg.repay),
    seize: BigInt(leg.seize),
    gross: BigInt(leg.gross),
  }))
}

/** Bookings of the canonical chain, oldest first. */
export function readBookings(db: Database): BookedRow[] {
  const deltas = new Map<string, Map<Address, bigint>>()
  for (const row of db.all('SELECT tx_hash, block_hash, token, amount FROM deltas')) {
    const key = `${textOf(row, 'tx_hash')} ${textOf(row, 'block_hash')}`
    const map = deltas.get(key) ?? new Map<Address, bigint>()
    deltas.set(key, map.set(toAddress(textOf(row, 'token')), bigOf(row, 'amount')))
  }
  const rows = db.all(
    `SELECT b.*, a.net_wei AS net_wei, a.legs AS legs FROM bookings b LEFT JOIN attempts a ON a.tx_hash = b.tx_hash
     WHERE b.live = 1 ORDER BY b.block_number, b.tx_hash`,
  )
  return rows.map((row) => ({
    transactionHash: asHex(row, 'tx_hash'),
    blockHash: asHex(row, 'block_hash'),
    intentId: textOf(row, 'intent_id'),
    blockNumber: numberOf(row, 'block_number'),
    blockTime: numberOf(row, 'block_time'),
    day: dayOf(numberOf(row, 'block_time')),
    builder: toAddress(textOf(row, 'builder')),
    extraData: textOf(row, 'extra_data'),
    status: numberOf(row, 'status') === 1 ? 1 : 0,
    executed: numberOf(row, 'executed') === 1,
    gasWei: bigOf(row, 'gas_wei'),
    bidWei: bigOf(row, 'bid_wei'),
    expectedNetWei: row['net_wei'] === null ? 0n : bigOf(row, 'net_wei'),
    legs: row['legs'] === null ? [] : legsOf(textOf(row, 'legs')),
    deltas: deltas.get(`${textOf(row, 'tx_hash')} ${textOf(row, 'block_hash')}`) ?? new Map<Address, bigint>(),
  }))
}

function codeOf(row: Row): RefusalCode {
  const code = REFUSAL_CODES.find((known) => known === row['code'])
  if (code === undefined)
    throw new KeeperError('ledger-corrupt', `the ledger holds an unknown reason ${String(row['code'])}`)
  return code
}

export function readRefusals(db: Database): RefusalRow[] {
  return db.all('SELECT * FROM refusals ORDER BY code, market, position').map((row) => ({
    market: textOf(row, 'market'),
    position: textOf(row, 'position'),
    code: codeOf(row),
    detail: textOf(row, 'detail'),
    figure: row['figure'] === null ? null : textOf(row, 'figure'),
    firstBlock: numberOf(row, 'first_block'),
    lastBlock: numberOf(row, 'last_block'),
    count: numberOf(row, 'count'),
  }))
}

const sum = (rows: readonly BookedRow[], figure: (row: BookedRow) => bigint): bigint =>
  rows.reduce((total, row) => total + figure(row), 0n)

function daysOf(bookings: readonly BookedRow[]): DayRow[] {
  const byDay = new Map<string, BookedRow[]>()
  for (const row of bookings) byDay.set(row.day, [...(byDay.get(row.day) ?? []), row])
  return [...byDay].map(([day, rows]) => ({
    day,
    transactions: rows.length,
    reverted: rows.filter((row) => row.status === 0).length,
    gasWei: sum(rows, (row) => row.gasWei),
    bidWei: sum(rows, (row) => row.bidWei),
    deltas: sumDeltas(rows.map((row) => row.deltas)),
  }))
}

function counted<K>(keys: readonly K[]): Map<K, number> {
  const counts = new Map<K, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

export function readReport(db: Database): LedgerReport {
  const bookings = readBookings(db)
  const intents = db.all(
    `SELECT outcome, dry_run, (SELECT net_wei FROM attempts WHERE intent_id = intents.id ORDER BY sent_ms LIMIT 1) AS net
     FROM intents`,
  )
  const dry = intents.filter((row) => numberOf(row, 'dry_run') === 1)
  const refusals: RefusalCode[] = readRefusals(db).map((row) => row.code)
  return {
    bookings,
    deltas: sumDeltas(bookings.map((row) => row.deltas)),
    days: daysOf(bookings),
    gasWei: sum(bookings, (row) => row.gasWei),
    bidWei: sum(bookings, (row) => row.bidWei),
    intents: intents.length,
    attempts: numberOf(db.one('SELECT count(*) AS n FROM attempts') ?? {}, 'n'),
    outcomes: counted(intents.map((row) => (numberOf(row, 'dry_run') === 1 ? 'dry-run' : textOf(row, 'outcome')))),
    refusals: counted(refusals),
    builders: counted(bookings.map((row) => row.builder)),
    dryRunNetWei: dry.reduce((total, row) => total + (row['net'] === null ? 0n : bigOf(row, 'net')), 0n),
  }
}
