import { rawTransactionOf } from '../../src/chain/raw-transaction.js'
import { readReport } from '../../src/oracle/report.js'
import type { PriceSignal } from '../../src/oracle/source.js'

/** What the keeper's ear makes of a pending transaction, as `PendingTransmits` does. */
export function signalOf(body: string, chainId: number): PriceSignal {
  const seenAtMs = Date.now()
  const transaction = rawTransactionOf(JSON.parse(body) as Record<string, unknown>, chainId)
  const report = transaction && readReport(transaction.to, transaction.data)
  if (!report) throw new Error('the report cannot be read')
  const { hash, raw } = transaction
  const { aggregator, answer, auctioned } = report
  return {
    channel: 'transmit',
    answers: [{ aggregator, answer, auctioned }],
    behind: { kind: 'transmit', hash, raw },
    seenAtMs,
  }
}
