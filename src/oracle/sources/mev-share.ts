import { openEventStream } from '../../chain/event-stream.js'
import { KeptConnection } from '../../chain/kept-connection.js'
import { toAddress, type Hex } from '../../domain/chain.js'
import type { PriceSignal, PriceUpdateSource } from '../source.js'
import type { SourceContext } from './context.js'
import { HintReader, isAddress, isHash, isRecord, type HintedTransaction } from './hints.js'
import { ReportFilter } from './report-filter.js'

/** The server gives a sign of life every 15 s. */
const IDLE_MS = 45_000
/** An event with the calldata of some reports is about 20 kB. */
const MOST_BYTES = 512 * 1024

/**
 * Chainlink's SVR reports as MEV-Share announces them: the hash of the transaction hashed once more, its forwarder and its
 * calldata. They can be followed by `mev_sendBundle` alone. Wire format: docs.flashbots.net, MEV-Share event stream.
 */
export class MevShareHints implements PriceUpdateSource {
  readonly name = 'mev-share'
  private connection: KeptConnection | null = null

  constructor(
    private readonly url: string,
    private readonly context: SourceContext,
    private readonly idleMs = IDLE_MS,
  ) {}

  start(sink: (signal: PriceSignal) => void): Promise<void> {
    const { aggregators, reporters, metrics, logger } = this.context
    const reader = new HintReader(this.name, new ReportFilter(aggregators, reporters), metrics, sink)
    const onData = (text: string): void => {
      const seenAtMs = Date.now()
      const event = readHint(text)
      if (event === null) metrics.count('price_reports_ignored', { source: this.name, reason: 'unreadable' })
      else reader.take({ kind: 'hint', auction: 'mev-share', id: event.hash }, event.transactions, seenAtMs)
    }
    const { url, idleMs } = this
    this.connection = new KeptConnection({
      name: this.name,
      open: (onLost) => openEventStream({ url, onData, onLost, idleMs, maxEventBytes: MOST_BYTES }),
      logger,
    })
    this.connection.start()
    return Promise.resolve()
  }

  async stop(): Promise<void> {
    await this.connection?.stop()
  }
}

interface Hint {
  readonly hash: Hex
  readonly transactions: readonly HintedTransaction[]
}

/** Null when it is no event of a hint. Transactions of which too little is shown are left out. */
export function readHint(text: string): Hint | null {
  let event: unknown
  try {
    event = JSON.parse(text)
  } catch {
    // anybody's bytes: not JSON, no hint
    return null
  }
  if (!isRecord(event) || !isHash(event['hash'])) return null
  const shown: unknown[] = Array.isArray(event['txs']) ? (event['txs'] as unknown[]) : []
  const transactions = shown.flatMap((one): HintedTransaction[] => {
    if (!isRecord(one) || !isAddress(one['to']) || typeof one['callData'] !== 'string') return []
    return [{ to: toAddress(one['to']), callData: one['callData'].toLowerCase() }]
  })
  return { hash: event['hash'].toLowerCase() as Hex, transactions }
}
