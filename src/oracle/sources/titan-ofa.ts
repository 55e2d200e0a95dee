import { KeptConnection } from '../../chain/kept-connection.js'
import { parseEndpointUrl } from '../../chain/endpoint-url.js'
import { WebSocketTransport } from '../../chain/web-socket-transport.js'
import type { Secret } from '../../config/secret.js'
import { toAddress, type Hex } from '../../domain/chain.js'
import { SettingsError } from '../../domain/errors.js'
import type { PriceSignal, PriceUpdateSource } from '../source.js'
import type { SourceContext } from './context.js'
import { HintReader, isAddress, isHash, isRecord, type HintedTransaction } from './hints.js'
import { ReportFilter } from './report-filter.js'

const DEADLINE_MS = 4_000

/**
 * Titan's order-flow auction: opportunities by `eth_subscribe` over one WebSocket whose path ends with the searcher's key,
 * bids by `eth_sendBundle` over the same socket, `txs[0]` being the opportunity's hash. Written from the published
 * description (docs.novarpc.xyz, searchers); access is by application, so it is tested against a stub of that format alone.
 */
export class TitanOfa implements PriceUpdateSource {
  readonly name = 'titan-ofa'
  private readonly transport: WebSocketTransport
  private connection: KeptConnection | null = null

  /** Throws `SettingsError('TITAN_OFA_KEY')` without a key. */
  constructor(
    url: string,
    key: Secret | null,
    private readonly context: SourceContext,
  ) {
    if (key === null)
      throw new SettingsError(
        'TITAN_OFA_KEY',
        'is not set: Titan gives one on application; or leave TITAN_OFA_URL empty',
      )
    this.transport = new WebSocketTransport(parseEndpointUrl(`${url.replace(/\/+$/, '')}/${key.reveal()}`))
  }

  start(sink: (signal: PriceSignal) => void): Promise<void> {
    const { aggregators, reporters, metrics, logger } = this.context
    const reader = new HintReader(this.name, new ReportFilter(aggregators, reporters), metrics, sink)
    const onPayload = (payload: unknown): void => {
      const seenAtMs = Date.now()
      const found = readOpportunity(payload)
      if (found === null) metrics.count('price_reports_ignored', { source: this.name, reason: 'unreadable' })
      else reader.take({ kind: 'hint', auction: 'titan-ofa', id: found.hash }, found.transactions, seenAtMs)
    }
    this.connection = new KeptConnection({
      name: this.name,
      open: (onLost) => this.transport.subscribe(['newPendingTransactions'], { onPayload, onLost }, DEADLINE_MS),
      logger,
    })
    this.connection.start()
    return Promise.resolve()
  }

  /** A bid: our signed transaction behind the opportunity, for one block. Rejects with what the auction says. */
  async bid(opportunity: Hex, raw: Hex, block: number): Promise<unknown> {
    const bundle = { txs: [opportunity, raw], blockNumber: `0x${block.toString(16)}` }
    return this.transport.send('eth_sendBundle', [bundle], DEADLINE_MS)
  }

  async stop(): Promise<void> {
    await this.connection?.stop()
    this.transport.close()
  }
}

/** `{hash, to, input}`, or `{hash, txs: [{to, input}]}`; calldata also under `data` or `callData`. */
function readOpportunity(payload: unknown): { hash: Hex; transactions: HintedTransaction[] } | null {
  if (!isRecord(payload) || !isHash(payload['hash'])) return null
  const shown: unknown[] = Array.isArray(payload['txs']) ? (payload['txs'] as unknown[]) : [payload]
  const transactions = shown.flatMap((one): HintedTransaction[] => {
    if (!isRecord(one) || !isAddress(one['to'])) return []
    const data = one['input'] ?? one['data'] ?? one['callData']
    return typeof data === 'string' ? [{ to: toAddress(one['to']), callData: data.toLowerCase() }] : []
  })
  return { hash: payload['hash'].toLowerCase() as Hex, transactions }
}
