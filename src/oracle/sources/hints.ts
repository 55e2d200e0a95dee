import type { Address, Hex } from '../../domain/chain.js'
import type { Behind } from '../../domain/opportunity.js'
import type { Metrics } from '../../domain/ports.js'
import { readReport } from '../report.js'
import type { LeafAnswer } from '../price-update.js'
import type { PriceSignal } from '../source.js'
import type { Ignored, ReportFilter } from './report-filter.js'

/** What an auction shows of a hidden transaction. */
export interface HintedTransaction {
  readonly to: Address
  readonly callData: string
}

export type HintBehind = Extract<Behind, { kind: 'hint' }>

/** Transactions in one event that are looked at. */
const MOST_TRANSACTIONS = 16

/** One auction's events to signals: auctioned reports of feeds that matter; everything else in it is not for us. */
export class HintReader {
  constructor(
    private readonly source: string,
    private readonly filter: ReportFilter,
    private readonly metrics: Metrics,
    private readonly sink: (signal: PriceSignal) => void,
  ) {}

  /** All of one event's transactions land together, so their answers are one signal. */
  take(behind: HintBehind, transactions: readonly HintedTransaction[], seenAtMs: number): void {
    const taken = transactions.slice(0, MOST_TRANSACTIONS).flatMap(({ to, callData }) => {
      const report = readReport(to, callData)
      return report?.auctioned === true ? [this.filter.take(report, null, behind.id)] : []
    })
    if (taken.length === 0) return
    const known = taken.flatMap((one) => (one instanceof Promise ? [] : [one]))
    if (known.length === taken.length) this.pass(behind, known, seenAtMs)
    else
      void Promise.all(taken.map((one) => Promise.resolve(one))).then((all) => {
        this.pass(behind, all, seenAtMs)
      })
  }

  private pass(behind: HintBehind, taken: readonly (LeafAnswer | Ignored)[], seenAtMs: number): void {
    const answers: LeafAnswer[] = []
    for (const one of taken)
      if (typeof one === 'string') this.metrics.count('price_reports_ignored', { source: this.source, reason: one })
      else answers.push(one)
    if (answers.length === 0) return
    this.metrics.count('price_signals', { source: this.source })
    this.sink({ channel: 'hint', answers, behind, seenAtMs })
  }
}

export const isHash = (value: unknown): value is Hex => typeof value === 'string' && /^0x[0-9a-fA-F]{64}$/.test(value)
export const isAddress = (value: unknown): value is Address =>
  typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value)
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
