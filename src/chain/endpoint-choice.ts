import type { Head } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { Logger } from '../domain/ports.js'
import type { Blocks } from './blocks.js'
import type { Endpoint } from './endpoint.js'
import type { RpcClient } from './rpc-client.js'

const RETURN_MS = 30_000
const SEARCH_MS = 5_000

/** Which endpoint is preferred: the first of the settings, unless its head is stale or most others contradict it. */
export class EndpointChoice {
  private lastSearchMs = 0
  private movedAtMs: number | null = null

  constructor(
    private readonly rpc: RpcClient,
    private readonly blocks: Blocks,
    private readonly logger: Logger,
  ) {}

  /** Prefers `to`, and says so. */
  move(to: Endpoint, why: string, nowMs: number): void {
    this.rpc.prefer(to)
    this.movedAtMs = nowMs
    this.logger.warn('endpoint', { why, movedTo: to.label })
  }

  /**
   * The head of the endpoint that is furthest, when that is beyond `newest`; asked for now and then. Null when it is not
   * time, nobody is ahead, or there is nobody else.
   */
  async ahead(newest: number, limitMs: number, nowMs: number): Promise<{ endpoint: Endpoint; head: Head } | null> {
    if (this.rpc.endpoints.length < 2 || nowMs - this.lastSearchMs < Math.min(limitMs, SEARCH_MS)) return null
    this.lastSearchMs = nowMs
    const usable = this.rpc.endpoints.filter((endpoint) => !endpoint.wrongChain && !endpoint.isDistrusted(nowMs))
    const answers = await Promise.allSettled(usable.map((endpoint) => this.blocks.latest(endpoint)))
    let best: { endpoint: Endpoint; head: Head } | null = null
    for (const [i, answer] of answers.entries()) {
      const endpoint = usable[i]
      if (answer.status !== 'fulfilled' || !endpoint) continue
      if (!best || answer.value.number > best.head.number) best = { endpoint, head: answer.value }
    }
    return best && best.head.number > newest ? best : null
  }

  /** Goes back to the first endpoint of the settings when it has caught up. Never throws. */
  async returnToFirst(newest: number, nowMs: number): Promise<void> {
    if (this.movedAtMs === null || nowMs - this.movedAtMs <= RETURN_MS) return
    this.movedAtMs = nowMs
    const [first] = this.rpc.endpoints
    if (!first || first.isDistrusted(nowMs)) return
    try {
      const head = await this.blocks.latest(first)
      if (head.number < newest) return
      this.rpc.prefer(null)
      this.movedAtMs = null
    } catch (error) {
      this.logger.debug('endpoint', { stillAway: first.label, problem: messageOf(error) })
    }
  }
}
