import type { Address } from '../domain/chain.js'
import { NATIVE } from '../ledger/booking.js'
import type { BackstopRow } from '../ledger/backstop-report.js'
import type { AttemptRow, BookedRow, DayRow, LedgerReport, OutcomeRow, RefusalRow } from '../ledger/ledger.js'
import { amountText, cut, table, usdText, type Cell } from './screen.js'
import { Names } from './token-text.js'

/** Lines of transactions and attempts that a screen is given; `--json` has them all. */
const MOST_ROWS = 40

/** Everything of a report as JSON: integers of money as decimal strings, maps as objects. Pure. */
export function reportJson(report: LedgerReport, refusals: readonly RefusalRow[]): string {
  return JSON.stringify({ ...report, refusalRows: refusals }, (_key, value: unknown) => {
    if (typeof value === 'bigint') return value.toString()
    if (value instanceof Map) return Object.fromEntries(value as ReadonlyMap<string, unknown>)
    return value
  })
}

const short = (hex: string): string => (hex.length > 14 ? `${hex.slice(0, 6)}…${hex.slice(-4)}` : hex)
function placesOf(legs: BookedRow['legs']): string {
  // one position may take several calls
  const places = [...new Set(legs.map(({ position }) => position))]
  return places.length > 2 ? `${places.length} positions` : places.map(short).join(' ')
}
const outcomeOf = (row: BookedRow): string => (row.status === 0 ? 'reverted' : row.executed ? 'landed' : 'too late')
/** A star where a token had no price. */
const worthText = ({ netUsd8, unpriced }: BookedRow): string =>
  netUsd8 === null ? '–' : `${usdText(netUsd8)}${unpriced.length > 0 ? '*' : ''}`
const builderText = (address: Address, extraData: string): string =>
  extraData.trim() === '' ? short(address) : `${short(address)} ${extraData.trim().slice(0, 24)}`

const section = (title: string, rows: number, lines: readonly string[]): string[] =>
  rows === 0 ? [] : ['', title, ...lines]
const latest = <T>(rows: readonly T[]): { rows: readonly T[]; note: string } => ({
  rows: rows.slice(-MOST_ROWS),
  note: rows.length > MOST_ROWS ? ` (the last ${MOST_ROWS} of ${rows.length}; --json has all)` : '',
})
/** Wei in whole coins, six places; the unit stands in the title. */
const coins = (wei: bigint): string => amountText(wei, 18, 6)
const money = (coin: string): string[] => ['expected', 'realised', `gas ${coin}`, `bid ${coin}`]
type Money = Pick<DayRow, 'expectedNetUsd8' | 'netUsd8' | 'gasWei' | 'bidWei'>
const moneyCells = (row: Money): Cell[] => [
  ...[usdText(row.expectedNetUsd8), usdText(row.netUsd8), coins(row.gasWei), coins(row.bidWei)],
]

function transactions(rows: readonly BookedRow[], coin: string): string[] {
  const lines = rows.map((row): Cell[] => [
    row.day,
    row.blockNumber,
    outcomeOf(row),
    placesOf(row.legs) + (row.lost.length > 0 ? ` without ${placesOf(row.lost)}` : ''),
    usdText(row.expectedNetUsd8),
    worthText(row),
    coins(row.gasWei),
    coins(row.bidWei),
    builderText(row.builder, row.extraData),
    short(row.transactionHash),
  ])
  return table(['day', 'block', 'outcome', 'positions', ...money(coin), 'builder', 'transaction'], lines)
}

const answerText = ({ relay, kind, said }: AttemptRow['answers'][number]): string =>
  said === '' ? `${relay} ${kind}` : `${relay} ${kind}: ${said}`

function reasonOf({ outcome, detail, answers }: AttemptRow): string {
  if (detail !== '') return outcome === 'outbid' ? `by ${detail}` : detail
  return answers.map(answerText).join(', ') || '–'
}

function attempts(rows: readonly AttemptRow[]): string[] {
  const lines = rows.map((row): Cell[] => [
    row.day,
    row.targetBlock,
    row.outcome,
    placesOf(row.legs),
    usdText(row.expectedNetUsd8),
    short(row.transactionHash),
    cut(reasonOf(row)),
  ])
  return table(
    ['day', 'for block', 'outcome', 'positions', 'expected', 'transaction', 'why, or what relays said'],
    lines,
  )
}

function refused(rows: readonly RefusalRow[]): string[] {
  const codes = [...new Set(rows.map((row) => row.code))]
  const lines = codes.map((code) => {
    const own = rows.filter((row) => row.code === code).sort((a, b) => b.lastBlock - a.lastBlock)
    const detail = own[0]?.detail ?? ''
    return { code, positions: own.length, lastBlock: own[0]?.lastBlock ?? 0, text: cut(detail) }
  })
  lines.sort((a, b) => b.positions - a.positions)
  return table(
    ['reason', 'positions', 'last block', 'said last'],
    lines.map(({ code, positions, lastBlock, text }): Cell[] => [code, positions, lastBlock, text]),
  )
}

function days(report: LedgerReport, coin: string): string[] {
  const lines = report.days.map((row): Cell[] => [row.day, row.transactions, row.reverted, ...moneyCells(row)])
  return table(['day', 'transactions', 'reverted', ...money(coin)], lines)
}

function markets(report: LedgerReport, coin: string): string[] {
  const rows = [...report.markets].sort((a, b) => (a.netUsd8 < b.netUsd8 ? 1 : -1))
  const lines = rows.map((row): Cell[] => [
    ...[row.market || '(unknown)', row.transactions, row.reverted, row.positions, ...moneyCells(row)],
  ])
  return table(['market', 'transactions', 'reverted', 'positions', ...money(coin)], lines)
}

/** What backstop mode spent of its budget, and the debt that was ended for it. Pure. */
export function backstopLines(rows: readonly BackstopRow[]): string[] {
  const lines = rows.map((row): Cell[] => [
    ...[row.day, row.market, row.positions, usdText(row.expectedLossUsd8), usdText(row.realisedUsd8)],
    row.endedBase === null ? 'see insurance' : usdText(row.endedBase),
  ])
  return table(['day', 'market', 'positions', 'of budget', 'realised', 'debt ended'], lines)
}

function intents(rows: readonly OutcomeRow[]): string[] {
  const lines = [...rows]
    .sort((a, b) => b.intents - a.intents)
    .map((row): Cell[] => [
      ...[row.outcome, row.intents, row.positions, usdText(row.expectedNetUsd8), usdText(row.netUsd8)],
    ])
  return table(['outcome', 'intents', 'positions', 'expected', 'realised'], lines)
}

/** Tokens by their names: what receipts say of them, or what strangers claim. */
function amounts(of: ReadonlyMap<Address, bigint>, names: Names): string[] {
  const lines = [...of].map(([token, amount]): Cell[] => [
    ...[names.symbol(token), names.amount(token, amount)],
    token === NATIVE ? 'the chain’s own' : token,
  ])
  return table(['token', 'amount', 'address'], lines)
}

function heading(report: LedgerReport, coin: string): string[] {
  const { netUsd8, expectedNetUsd8, gasWei, bidWei, unvalued, dryRunNetUsd8, dryRunNetWei } = report
  const work = `${report.intents} intents, ${report.attempts} attempts, ${report.bookings.length} transactions on chain`
  return [
    `realised   ${usdText(netUsd8)} of ${usdText(expectedNetUsd8)} expected; gas ${coins(gasWei)} ${coin}, bids ${coins(bidWei)} ${coin} are paid`,
    ...(unvalued > 0
      ? [`unvalued   ${unvalued} transactions (*) moved tokens without a price: those are not in the dollars`]
      : []),
    ...(dryRunNetWei === 0n
      ? []
      : [`dry run    would have earned ${usdText(dryRunNetUsd8)} (${coins(dryRunNetWei)} ${coin})`]),
    `work       ${work}`,
  ]
}

/** The report as people read it: totals, tokens, days, transactions, reasons. Pure. */
export function reportText(report: LedgerReport, refusals: readonly RefusalRow[]): string[] {
  const names = new Names(report.tokens)
  const coin = names.symbol(NATIVE)
  const done = latest(report.bookings)
  const open = latest(report.attemptRows.filter((row) => !['landed', 'reverted', 'too-late'].includes(row.outcome)))
  const builders = [...report.builders].sort(([, a], [, b]) => b - a)
  const said = new Map(report.bookings.map((row) => [row.builder, row.extraData]))
  const builderRows = builders.map(([address, blocks]): Cell[] => [address, said.get(address) ?? '', blocks])
  return [
    ...heading(report, coin),
    ...section('Gained and spent, from receipts', report.deltas.size, amounts(report.deltas, names)),
    ...section('Claimed by unknown contracts, not counted', report.strays.size, amounts(report.strays, names)),
    ...section('Days (UTC)', report.days.length, days(report, coin)),
    ...section('Markets', report.markets.length, markets(report, coin)),
    ...section('Backstop: at a loss', report.backstop.length, backstopLines(report.backstop)),
    ...section(`Transactions${done.note}`, done.rows.length, transactions(done.rows, coin)),
    ...section(`Attempts that are not on chain${open.note}`, open.rows.length, attempts(open.rows)),
    ...section('Intents', report.outcomeRows.length, intents(report.outcomeRows)),
    ...section('Refused', refusals.length, refused(refusals)),
    ...section('Builders', builderRows.length, table(['fee recipient', 'wrote', 'blocks'], builderRows)),
  ]
}
