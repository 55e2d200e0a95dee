import type { Address } from '../domain/chain.js'
import { NATIVE } from '../ledger/booking.js'
import type { AttemptRow, BookedRow, LedgerReport, RefusalRow } from '../ledger/ledger.js'
import { amountText, table, usdText, type Cell } from './screen.js'
import { Names } from './token-text.js'

/** Lines of transactions and attempts that a screen is given; `--json` has them all. */
const MOST_ROWS = 40
/** A detail is a sentence; a column is not. */
const DETAIL = 60

/** Everything of a report as JSON: integers of money as decimal strings, maps as objects. Pure. */
export function reportJson(report: LedgerReport, refusals: readonly RefusalRow[]): string {
  return JSON.stringify({ ...report, refusalRows: refusals }, (_key, value: unknown) => {
    if (typeof value === 'bigint') return value.toString()
    if (value instanceof Map) return Object.fromEntries(value as ReadonlyMap<string, unknown>)
    return value
  })
}

const short = (hex: string): string => (hex.length > 14 ? `${hex.slice(0, 6)}…${hex.slice(-4)}` : hex)
const placesOf = (legs: BookedRow['legs']): string =>
  legs.length > 2 ? `${legs.length} positions` : legs.map((leg) => short(leg.position)).join(' ')
const outcomeOf = (row: BookedRow): string => (row.status === 0 ? 'reverted' : row.executed ? 'landed' : 'too late')
const worthText = (usd8: bigint | null): string => (usd8 === null ? '–' : usdText(usd8))
const builderText = (address: Address, extraData: string): string =>
  extraData.trim() === '' ? short(address) : `${short(address)} ${extraData.trim().slice(0, 24)}`

const section = (title: string, rows: number, lines: readonly string[]): string[] =>
  rows === 0 ? [] : ['', title, ...lines]
const latest = <T>(rows: readonly T[]): { rows: readonly T[]; note: string } => ({
  rows: rows.slice(-MOST_ROWS),
  note: rows.length > MOST_ROWS ? ` (the last ${MOST_ROWS} of ${rows.length}; --json has all)` : '',
})
const counts = (map: ReadonlyMap<string, number>): Cell[][] =>
  [...map].sort(([, a], [, b]) => b - a).map(([name, count]) => [name, count])

/** Wei as the native token, six places. */
type Coins = (wei: bigint) => string

function transactions(rows: readonly BookedRow[], coins: Coins): string[] {
  const lines = rows.map((row): Cell[] => [
    row.day,
    row.blockNumber,
    outcomeOf(row),
    placesOf(row.legs),
    usdText(row.expectedNetUsd8),
    worthText(row.netUsd8),
    coins(row.gasWei),
    coins(row.bidWei),
    builderText(row.builder, row.extraData),
    short(row.transactionHash),
  ])
  const money = ['expected', 'realised', 'gas', 'bid']
  return table(['day', 'block', 'outcome', 'positions', ...money, 'builder', 'transaction'], lines)
}

function attempts(rows: readonly AttemptRow[]): string[] {
  const lines = rows.map((row): Cell[] => [
    row.day,
    row.targetBlock,
    row.outcome,
    placesOf(row.legs),
    usdText(row.expectedNetUsd8),
    row.answers.map(({ relay, kind }) => `${relay} ${kind}`).join(', ') || '–',
    short(row.transactionHash),
  ])
  return table(['day', 'for block', 'outcome', 'positions', 'expected', 'relays said', 'transaction'], lines)
}

function refused(rows: readonly RefusalRow[]): string[] {
  const codes = [...new Set(rows.map((row) => row.code))]
  const lines = codes.map((code) => {
    const own = rows.filter((row) => row.code === code).sort((a, b) => b.lastBlock - a.lastBlock)
    const detail = own[0]?.detail ?? ''
    const text = detail.length > DETAIL ? `${detail.slice(0, DETAIL - 1)}…` : detail
    return { code, positions: own.length, lastBlock: own[0]?.lastBlock ?? 0, text }
  })
  lines.sort((a, b) => b.positions - a.positions)
  return table(
    ['reason', 'positions', 'last block', 'said last'],
    lines.map(({ code, positions, lastBlock, text }): Cell[] => [code, positions, lastBlock, text]),
  )
}

function days(report: LedgerReport, coins: Coins): string[] {
  const lines = report.days.map((d): Cell[] => [
    ...[d.day, d.transactions, d.reverted, usdText(d.expectedNetUsd8), usdText(d.netUsd8)],
    ...[coins(d.gasWei), coins(d.bidWei)],
  ])
  return table(['day', 'transactions', 'reverted', 'expected', 'realised', 'gas', 'bid'], lines)
}

function heading(report: LedgerReport, coins: Coins): string[] {
  const { netUsd8, expectedNetUsd8, gasWei, bidWei, unvalued, dryRunNetUsd8, dryRunNetWei } = report
  const work = `${report.intents} intents, ${report.attempts} attempts, ${report.bookings.length} transactions on chain`
  return [
    `realised   ${usdText(netUsd8)} of ${usdText(expectedNetUsd8)} expected; gas ${coins(gasWei)}, bids ${coins(bidWei)} are paid`,
    ...(unvalued > 0
      ? [`unvalued   ${unvalued} transactions had no price when they were booked: not in the dollars`]
      : []),
    ...(dryRunNetWei === 0n ? [] : [`dry run    would have earned ${usdText(dryRunNetUsd8)} (${coins(dryRunNetWei)})`]),
    `work       ${work}`,
  ]
}

/** The report as people read it: totals, tokens, days, transactions, reasons. Pure. */
export function reportText(report: LedgerReport, refusals: readonly RefusalRow[]): string[] {
  const names = new Names(report.tokens)
  const coins: Coins = (wei) => `${amountText(wei, 18, 6)} ${names.symbol(NATIVE)}`
  const tokens = [...report.deltas].map(([token, amount]): Cell[] => [
    ...[names.symbol(token), names.amount(token, amount)],
    token === NATIVE ? 'the chain’s own' : token,
  ])
  const done = latest(report.bookings)
  const open = latest(report.attemptRows.filter((row) => !['landed', 'reverted', 'too-late'].includes(row.outcome)))
  const builders = [...report.builders].sort(([, a], [, b]) => b - a)
  const said = new Map(report.bookings.map((row) => [row.builder, row.extraData]))
  const builderRows = builders.map(([address, blocks]): Cell[] => [address, said.get(address) ?? '', blocks])
  return [
    ...heading(report, coins),
    ...section('Gained and spent, from receipts', tokens.length, table(['token', 'amount', 'address'], tokens)),
    ...section('Days (UTC)', report.days.length, days(report, coins)),
    ...section(`Transactions${done.note}`, done.rows.length, transactions(done.rows, coins)),
    ...section(`Attempts that are not on chain${open.note}`, open.rows.length, attempts(open.rows)),
    ...section('Intents', report.outcomes.size, table(['outcome', 'intents'], counts(report.outcomes))),
    ...section('Refused', refusals.length, refused(refusals)),
    ...section('Builders', builderRows.length, table(['fee recipient', 'wrote', 'blocks'], builderRows)),
  ]
}
