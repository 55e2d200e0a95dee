import { formatEther } from 'ethers'
import { table, type Cell } from './screen.js'
import type { BookedRow, LedgerReport, RefusalRow } from '../ledger/ledger.js'

/** Everything of a report as JSON: integers of money as decimal strings, maps as objects. Pure. */
export function reportJson(report: LedgerReport, refusals: readonly RefusalRow[]): string {
  return JSON.stringify({ ...report, refusalRows: refusals }, (_key, value: unknown) => {
    if (typeof value === 'bigint') return value.toString()
    if (value instanceof Map) return Object.fromEntries(value as ReadonlyMap<string, unknown>)
    return value
  })
}

/** Wei as units of the native token, six decimals, rounded towards zero. */
const coins = (wei: bigint): string => {
  const [whole = '0', fraction = ''] = formatEther(wei).split('.')
  return `${whole}.${fraction.padEnd(6, '0').slice(0, 6)}`
}

const word = (row: BookedRow): string => (row.status === 0 ? 'reverted' : row.executed ? 'landed' : 'too late')

function transactions(rows: readonly BookedRow[]): string[] {
  const lines = rows.map((row): Cell[] => [
    row.day,
    row.blockNumber,
    word(row),
    row.legs.map((leg) => leg.position.slice(0, 10)).join(' '),
    coins(row.expectedNetWei),
    coins(row.gasWei),
    coins(row.bidWei),
    row.builder.slice(0, 10),
    row.transactionHash,
  ])
  return table(['day', 'block', 'outcome', 'positions', 'expected', 'gas', 'bid', 'builder', 'transaction'], lines)
}

/** Realised amounts per token in raw units: what the receipts say, gas and bid included. */
function realised(report: LedgerReport): string[] {
  return table(
    ['token', 'raw units'],
    [...report.deltas].map(([token, amount]): Cell[] => [token, amount.toString()]),
  )
}

const counts = (map: ReadonlyMap<string, number>): Cell[][] =>
  [...map].sort(([, a], [, b]) => b - a).map(([name, count]) => [name, count])

/** The report as people read it: totals, days, transactions, reasons. Pure. */
export function reportText(report: LedgerReport): string[] {
  const days = report.days.map((d): Cell[] => [d.day, d.transactions, d.reverted, coins(d.gasWei), coins(d.bidWei)])
  const dry =
    report.dryRunNetWei === 0n ? [] : [`dry-run would have earned ${coins(report.dryRunNetWei)} (native token)`]
  return [
    `${report.intents} intents, ${report.attempts} attempts, ${report.bookings.length} transactions on chain; gas ${coins(report.gasWei)}, bids ${coins(report.bidWei)} (native token)`,
    ...dry,
    ...section('Realised profit and loss, from receipts', report.deltas.size, realised(report)),
    ...section('Days', days.length, table(['day', 'transactions', 'reverted', 'gas', 'bid'], days)),
    ...section('Transactions', report.bookings.length, transactions(report.bookings)),
    ...section('Outcomes', report.outcomes.size, table(['outcome', 'intents'], counts(report.outcomes))),
    ...section('Refused', report.refusals.size, table(['reason', 'positions'], counts(report.refusals))),
    ...section('Builders', report.builders.size, table(['fee recipient', 'blocks'], counts(report.builders))),
  ]
}

const section = (title: string, rows: number, lines: readonly string[]): string[] =>
  rows === 0 ? [] : ['', title, ...lines]
