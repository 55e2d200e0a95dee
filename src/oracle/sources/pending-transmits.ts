import { PendingTransactions } from '../../chain/pending-transactions.js'
import { rawTransactionOf, type RawTransaction } from '../../chain/raw-transaction.js'
import type { LeafAnswer } from '../price-update.js'
import { mayBeReport, readReport } from '../report.js'
import type { PriceSignal, PriceUpdateSource } from '../source.js'
import type { SourceContext } from './context.js'
import { isRecord } from './hints.js'
import { ReportFilter, type Ignored } from './report-filter.js'

/**
 * Price reports in the public mempool. The transaction's signed bytes come with the signal, so that ours can follow it in
 * one bundle; it may as well land by itself.
 */
export class PendingTransmits implements PriceUpdateSource {
  readonly name = 'pending-transmits'
  private pending: PendingTransactions | null = null
  private filter: ReportFilter | null = null

  constructor(private readonly context: SourceContext) {}

  start(sink: (signal: PriceSignal) => void): Promise<void> {
    const { aggregators, reporters, rpc, logger } = this.context
    this.filter = new ReportFilter(aggregators, reporters)
    this.pending = new PendingTransactions({
      rpc,
      onBody: (body) => {
        this.take(body, Date.now(), sink)
      },
      logger,
    })
    this.pending.start()
    return Promise.resolve()
  }

  async stop(): Promise<void> {
    await this.pending?.stop()
  }

  /** Most transactions end at the first line. */
  private take(body: unknown, seenAtMs: number, sink: (signal: PriceSignal) => void): void {
    const { filter } = this
    if (filter === null || !isRecord(body) || !looksLikeOne(body)) return
    const transaction = rawTransactionOf(body, this.context.chainId)
    const report = transaction && readReport(transaction.to, transaction.data)
    if (!report) {
      this.context.metrics.count('price_reports_ignored', { source: this.name, reason: 'unreadable' })
      return
    }
    const taken = filter.take(report, transaction.from, transaction.hash)
    const pass = (outcome: LeafAnswer | Ignored): void => {
      this.pass(outcome, transaction, seenAtMs, sink)
    }
    if (taken instanceof Promise) void taken.then(pass)
    else pass(taken)
  }

  private pass(
    taken: LeafAnswer | Ignored,
    { hash, raw }: RawTransaction,
    seenAtMs: number,
    sink: (signal: PriceSignal) => void,
  ): void {
    const { metrics } = this.context
    if (typeof taken === 'string') {
      metrics.count('price_reports_ignored', { source: this.name, reason: taken })
      return
    }
    metrics.count('price_signals', { source: this.name })
    sink({ channel: 'transmit', answers: [taken], behind: { kind: 'transmit', hash, raw }, seenAtMs })
  }
}

function looksLikeOne(body: Readonly<Record<string, unknown>>): boolean {
  const input = body['input'] ?? body['data']
  return typeof input === 'string' && mayBeReport(input.slice(0, 10).toLowerCase() as `0x${string}`)
}
