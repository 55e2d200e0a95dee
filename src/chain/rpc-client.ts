import PQueue from 'p-queue'
import { KeeperError, SettingsError, messageOf } from '../domain/errors.js'
import type { Logger, Metrics } from '../domain/ports.js'
import { Endpoint } from './endpoint.js'
import { parseEndpointUrl } from './endpoint-url.js'
import { BadAnswerError, EndpointError, RpcError, isRateLimit, isTooLarge, isUnknownBlock } from './rpc-error.js'

export interface RpcClientOptions {
  /** `RPC_URLS`, best first. */
  readonly urls: readonly string[]
  readonly chainId: number
  readonly logger: Logger
  readonly metrics: Metrics
  /** Requests on their way at the same time. */
  readonly concurrency?: number
  /** For requests that do not name their own. */
  readonly deadlineMs?: number
  readonly now?: () => number
}

export interface RequestOptions {
  /** Per endpoint that is asked. */
  readonly deadlineMs?: number
  /** Higher goes first when requests queue; the path of a new head uses 1. */
  readonly priority?: number
  /** Ask this endpoint and no other. */
  readonly only?: Endpoint
  /** Ask this endpoint before the others. */
  readonly first?: Endpoint
}

/**
 * JSON-RPC over several endpoints of one chain. The first healthy one, in the order of `RPC_URLS`, is asked; on a
 * fault of the endpoint (connection, deadline, status, 429, nonsense, unknown block) the next one. Each endpoint's
 * chain id is checked before its first use. Answers are parsed here, so that nonsense counts as the endpoint's fault.
 */
export class RpcClient {
  readonly endpoints: readonly Endpoint[]
  private readonly queue: PQueue
  private readonly deadlineMs: number
  private readonly now: () => number
  private preferred: Endpoint | null = null
  private inUse: Endpoint | null = null

  constructor(private readonly options: RpcClientOptions) {
    if (options.urls.length === 0) throw new SettingsError('RPC_URLS', 'names no endpoint')
    this.endpoints = options.urls.map((url) => new Endpoint(parseEndpointUrl(url), options.chainId))
    this.queue = new PQueue({ concurrency: options.concurrency ?? 16 })
    this.deadlineMs = options.deadlineMs ?? 5_000
    this.now = options.now ?? Date.now
  }

  /** Host of the endpoint that answered last, for people and metrics; null before the first answer. */
  get current(): string | null {
    return this.inUse?.label ?? null
  }

  /** Checks all endpoints at once. Throws `SettingsError('RPC_URLS')`, naming each problem, when none is usable. */
  async start(): Promise<void> {
    const problems = await Promise.all(this.endpoints.map((endpoint) => this.probe(endpoint)))
    const found = problems.filter((problem) => problem !== null)
    if (found.length === this.endpoints.length)
      throw new SettingsError('RPC_URLS', `no usable endpoint: ${found.join('; ')}`)
    for (const problem of found) this.options.logger.warn('endpoint', { problem })
  }

  /**
   * Asks and parses. Throws `RpcError` when the node refuses the request itself (reverts too), `EndpointError` when it
   * is too large or slow for every endpoint, or `KeeperError('rpc-down')` when none gave an answer.
   */
  request<T>(
    method: string,
    params: readonly unknown[],
    parse: (answer: unknown) => T,
    options: RequestOptions = {},
  ): Promise<T> {
    return this.queue.add(() => this.tryAll(method, params, parse, options), { priority: options.priority ?? 0 })
  }

  /** Makes an endpoint the first to be asked: it has the newest head. Null returns to the order of the settings. */
  prefer(endpoint: Endpoint | null): void {
    this.preferred = endpoint === this.endpoints[0] ? null : endpoint
  }

  /** Endpoints in the order in which they would be asked now. */
  order(): readonly Endpoint[] {
    const usable = this.endpoints.filter((endpoint) => !endpoint.wrongChain)
    const preferredFirst = this.preferred ? [this.preferred, ...usable.filter((e) => e !== this.preferred)] : usable
    const now = this.now()
    const trusted = preferredFirst.filter((endpoint) => !endpoint.isDistrusted(now))
    const distrusted = preferredFirst.filter((endpoint) => endpoint.isDistrusted(now))
    const resting = trusted.filter((endpoint) => endpoint.restsAt(now))
    const ready = trusted.filter((endpoint) => !endpoint.restsAt(now))
    return [...ready, ...resting.sort((a, b) => a.restsUntilMs - b.restsUntilMs), ...distrusted]
  }

  /** A healthy endpoint that is not the one in use, for a second opinion; null when there is none. */
  otherEndpoint(): Endpoint | null {
    const now = this.now()
    const isWell = (endpoint: Endpoint): boolean => !endpoint.restsAt(now) && !endpoint.isDistrusted(now)
    return this.order().find((endpoint) => endpoint !== this.inUse && isWell(endpoint)) ?? null
  }

  close(): void {
    this.queue.clear()
    for (const endpoint of this.endpoints) endpoint.transport.close()
  }

  private async probe(endpoint: Endpoint): Promise<string | null> {
    try {
      await endpoint.ensureRightChain(this.deadlineMs)
      return null
    } catch (error) {
      if (error instanceof EndpointError && !endpoint.wrongChain) endpoint.failed(error, this.now())
      return messageOf(error)
    }
  }

  private async tryAll<T>(
    method: string,
    params: readonly unknown[],
    parse: (answer: unknown) => T,
    options: RequestOptions,
  ): Promise<T> {
    const problems: string[] = []
    let tooLarge: EndpointError | null = null
    let refused: RpcError | null = null
    const { only, first } = options
    const rest = this.order().filter((endpoint) => endpoint !== first)
    for (const endpoint of only ? [only] : first ? [first, ...rest] : rest) {
      try {
        const answer = await this.ask(endpoint, method, params, parse, options.deadlineMs ?? this.deadlineMs)
        // who is asked on purpose does not become the one in use
        if (this.inUse !== endpoint && !only && !first) this.nowUsing(endpoint)
        return answer
      } catch (error) {
        if (error instanceof RpcError && !isRateLimit(error)) {
          if (!isUnknownBlock(error)) throw error
          refused = error
        } else if (error instanceof EndpointError && isTooLarge(error)) {
          this.noteFault(endpoint, error)
          tooLarge = error
        } else problems.push(this.noteFault(endpoint, error))
      }
    }
    // a node that does not know the block says more than another that does not answer
    if (refused) throw refused
    if (tooLarge) throw tooLarge
    const detail = problems.join('; ') || 'every endpoint is on the wrong chain'
    throw new KeeperError('rpc-down', `no endpoint of RPC_URLS answered ${method}: ${detail}`, { method })
  }

  private async ask<T>(
    endpoint: Endpoint,
    method: string,
    params: readonly unknown[],
    parse: (answer: unknown) => T,
    deadlineMs: number,
  ): Promise<T> {
    await endpoint.ensureRightChain(Math.min(deadlineMs, this.deadlineMs))
    const started = performance.now()
    this.options.metrics.count('rpc_requests', { method })
    const answer = await endpoint.transport.send(method, params, deadlineMs)
    this.options.metrics.observe('rpc_seconds', (performance.now() - started) / 1000, { method })
    const parsed = parse(answer)
    endpoint.succeeded()
    return parsed
  }

  private nowUsing(endpoint: Endpoint): void {
    const before = this.inUse
    this.inUse = endpoint
    for (const each of this.endpoints)
      this.options.metrics.gauge('rpc_endpoint_in_use', each === endpoint ? 1 : 0, { endpoint: each.label })
    this.options.logger.info('endpoint', { using: endpoint.label, ...(before ? { insteadOf: before.label } : {}) })
  }

  private noteFault(endpoint: Endpoint, error: unknown): string {
    const fault = error instanceof EndpointError ? error.fault : error instanceof RpcError ? 'rate-limit' : 'bad-answer'
    if (!(error instanceof Error)) return String(error)
    const known = error instanceof EndpointError || error instanceof RpcError || error instanceof BadAnswerError
    if (!known) throw error
    this.options.metrics.count('rpc_faults', { endpoint: endpoint.label, fault })
    // too large or too slow says something about the request: the endpoint need not rest
    if (fault !== 'too-large' && !endpoint.wrongChain) endpoint.failed(error, this.now())
    return error instanceof BadAnswerError ? `${endpoint.label}: ${error.message}` : error.message
  }
}
