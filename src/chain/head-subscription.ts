import type { Head } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { Logger } from '../domain/ports.js'
import type { Endpoint } from './endpoint.js'
import type { RpcClient } from './rpc-client.js'
import { WebSocketTransport } from './web-socket-transport.js'
import { parseHead } from './wire.js'

const SUBSCRIBE_MS = 4_000
const RETRY_MS = 1_000
const LONGEST_RETRY_MS = 15_000

/** Keeps one `newHeads` subscription on the best WebSocket endpoint, and opens another when it is lost. */
export class HeadSubscription {
  private live: { readonly endpoint: Endpoint; end(): void } | null = null
  private opening = false
  private retryAtMs = 0
  private failures = 0

  constructor(
    private readonly rpc: RpcClient,
    private readonly logger: Logger,
    private readonly onHead: (head: Head) => void,
    private readonly onLost: () => void,
  ) {}

  get endpoint(): Endpoint | null {
    return this.live?.endpoint ?? null
  }

  /** Opens the subscription in the background if there is none and it is time to try. Never throws. */
  keep(nowMs: number): void {
    if (this.live || this.opening || nowMs < this.retryAtMs) return
    const endpoint = this.rpc.order().find((each) => each.transport instanceof WebSocketTransport)
    if (!endpoint) return
    this.opening = true
    this.open(endpoint)
      .then(
        () => {
          this.failures = 0
          this.logger.info('heads', { from: endpoint.label, by: 'subscription' })
        },
        (error: unknown) => {
          this.pause(nowMs)
          if (error instanceof Error) endpoint.failed(error, nowMs)
          this.logger.debug('heads', { from: endpoint.label, problem: messageOf(error) })
        },
      )
      .finally(() => {
        this.opening = false
      })
  }

  /** Ends the present one, which fell silent; `keep` opens the next. */
  drop(reason: string, nowMs: number): void {
    const live = this.live
    if (!live) return
    this.live = null
    this.pause(nowMs)
    this.logger.warn('heads', { from: live.endpoint.label, lost: reason, now: 'polling' })
    live.end()
  }

  end(): void {
    this.live?.end()
    this.live = null
  }

  private async open(endpoint: Endpoint): Promise<void> {
    const transport = endpoint.transport
    if (!(transport instanceof WebSocketTransport)) return
    await endpoint.ensureRightChain(SUBSCRIBE_MS)
    const subscriber = {
      onPayload: (payload: unknown): void => {
        this.hear(payload, endpoint)
      },
      onLost: (reason: string): void => {
        if (this.live?.endpoint !== endpoint) return
        this.drop(reason, Date.now())
        this.onLost()
      },
    }
    const end = await transport.subscribe(['newHeads'], subscriber, SUBSCRIBE_MS)
    this.live = { endpoint, end }
  }

  private hear(payload: unknown, endpoint: Endpoint): void {
    let head: Head
    try {
      head = parseHead(payload)
    } catch (error) {
      this.drop(`${endpoint.label} announced a head that is none: ${messageOf(error)}`, Date.now())
      this.onLost()
      return
    }
    this.onHead(head)
  }

  private pause(nowMs: number): void {
    this.retryAtMs = nowMs + Math.min(RETRY_MS * 2 ** this.failures, LONGEST_RETRY_MS)
    this.failures = Math.min(this.failures + 1, 8)
  }
}
