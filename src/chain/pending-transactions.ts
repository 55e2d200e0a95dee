import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../domain/ports.js'
import type { Endpoint } from './endpoint.js'
import { KeptConnection } from './kept-connection.js'
import type { RpcClient } from './rpc-client.js'
import { BadAnswerError } from './rpc-error.js'
import { WebSocketTransport } from './web-socket-transport.js'

export interface PendingOptions {
  readonly rpc: RpcClient
  /** The body of a pending transaction, not looked at yet: anything a node may send. */
  readonly onBody: (body: Readonly<Record<string, unknown>>) => void
  readonly logger: Logger
  /** How often a node without WebSocket is asked. */
  readonly pollMs?: number
}

const SUBSCRIBE_MS = 4_000
const POLL_MS = 250
/** Bodies asked for at the same time where a node announces hashes alone, and most that wait for their turn. */
const MOST_ASKED = 16
const MOST_WAITING = 256

/**
 * The public mempool as one endpoint sees it: full bodies by subscription where a WebSocket endpoint gives them, else hashes
 * whose bodies are asked for, else a filter that is polled. A mempool is one node's view: nothing here is complete.
 */
export class PendingTransactions {
  private readonly connection: KeptConnection
  private readonly ending = new AbortController()
  private waiting: { readonly hash: string; readonly endpoint: Endpoint }[] = []
  private asked = 0

  constructor(private readonly options: PendingOptions) {
    this.connection = new KeptConnection({
      name: 'pending-transactions',
      open: (lost) => this.open(lost),
      logger: options.logger,
    })
  }

  start(): void {
    this.connection.start()
  }

  async stop(): Promise<void> {
    this.ending.abort()
    this.waiting = []
    await this.connection.stop()
  }

  private async open(lost: (why: string) => void): Promise<() => void> {
    const order = this.options.rpc.order()
    const endpoint = order.find(({ transport }) => transport instanceof WebSocketTransport) ?? order[0]
    if (!endpoint) throw new BadAnswerError('no endpoint of RPC_URLS is usable')
    await endpoint.ensureRightChain(SUBSCRIBE_MS)
    const { transport } = endpoint
    if (!(transport instanceof WebSocketTransport)) return this.poll(endpoint, lost)
    const subscriber = {
      onPayload: (payload: unknown): void => {
        this.hear(payload, endpoint)
      },
      onLost: lost,
    }
    return transport.subscribe(['newPendingTransactions', true], subscriber, SUBSCRIBE_MS)
  }

  private hear(payload: unknown, endpoint: Endpoint): void {
    if (typeof payload === 'object' && payload !== null) this.options.onBody(payload as Record<string, unknown>)
    else if (typeof payload === 'string') {
      // behind the newest: an old hash has most likely landed
      this.waiting.push({ hash: payload, endpoint })
      if (this.waiting.length > MOST_WAITING) this.waiting.shift()
      this.askNext()
    }
  }

  private askNext(): void {
    if (this.asked >= MOST_ASKED) return
    const next = this.waiting.pop()
    if (!next) return
    this.asked++
    this.body(next.hash, next.endpoint)
      .catch((problem: unknown) => {
        this.options.logger.debug('pending', { problem: String(problem) })
      })
      .finally(() => {
        this.asked--
        this.askNext()
      })
  }

  private async body(hash: string, only: Endpoint): Promise<void> {
    const found = await this.options.rpc.request('eth_getTransactionByHash', [hash], (answer) => answer, { only })
    // null: it is gone already
    if (typeof found === 'object' && found !== null && !this.ending.signal.aborted)
      this.options.onBody(found as Record<string, unknown>)
  }

  private async poll(endpoint: Endpoint, lost: (why: string) => void): Promise<() => void> {
    const ask = (method: string, params: readonly unknown[]): Promise<unknown> =>
      this.options.rpc.request(method, params, (answer) => answer, { only: endpoint })
    const filter = await ask('eth_newPendingTransactionFilter', [])
    const { signal } = this.ending
    let over = false
    const loop = async (): Promise<void> => {
      while (!over && !signal.aborted) {
        const hashes = await ask('eth_getFilterChanges', [filter])
        if (!Array.isArray(hashes))
          throw new BadAnswerError(`${endpoint.label} answered eth_getFilterChanges with no list`)
        for (const hash of hashes.slice(-MOST_WAITING)) this.hear(hash, endpoint)
        await sleep(this.options.pollMs ?? POLL_MS, undefined, { signal, ref: false }).catch(() => undefined)
      }
    }
    loop().catch((error: unknown) => {
      lost(error instanceof Error ? error.message : String(error))
    })
    return () => {
      over = true
    }
  }
}
