import type { LedgerReport } from '../../ledger/ledger.js'
import type { DemoResult } from './result.js'

/** The value of one line of a metrics page; 0 where it was never counted. */
export function metricOf(page: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  for (const line of page.split('\n')) {
    if (!line.startsWith(name) || !['{', ' '].includes(line.charAt(name.length))) continue
    if (!Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`))) continue
    return Number(line.slice(line.lastIndexOf(' ')))
  }
  return 0
}

/** Where `/metrics` says something else than ledger and result. */
export function metricsFaults(page: string, report: LedgerReport, result: DemoResult): string[] {
  const faults: string[] = []
  const expect = (what: string, metric: number, books: number): void => {
    if (metric !== books) faults.push(`/metrics says ${metric} ${what}, the ledger ${books}`)
  }
  const landed = report.outcomes.get('landed') ?? 0
  expect('landed transactions', metricOf(page, 'keeper_outcomes_total', { outcome: 'landed' }), landed)
  expect(
    'reverted transactions',
    metricOf(page, 'keeper_outcomes_total', { outcome: 'reverted' }),
    report.outcomes.get('reverted') ?? 0,
  )
  // the gauges are the ledger's own sums: equal to the last digit, whatever prices did since the booking
  expect('dollars of profit', metricOf(page, 'keeper_profit_usd'), Number(report.netUsd8) / 1e8)
  expect('dollars not earned', metricOf(page, 'keeper_would_have_earned_usd'), Number(report.dryRunNetUsd8) / 1e8)
  if (report.unvalued > 0) faults.push(`${report.unvalued} booked transactions have no worth in dollars`)
  for (const reason of new Set(result.refused.map((refusal) => refusal.reason))) {
    if (metricOf(page, 'keeper_refusals_total', { reason }) < 1) faults.push(`/metrics knows no refusal "${reason}"`)
  }
  return faults
}
