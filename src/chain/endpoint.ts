import { messageOf } from '../domain/errors.js'
import type { EndpointUrl } from './endpoint-url.js'
import { HttpTransport } from './http-transport.js'
import { EndpointError } from './rpc-error.js'
import type { Transport } from './transport.js'
import { WebSocketTransport } from './web-socket-transport.js'
import { count } from './wire.js'

const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 30_000
const FIRST_DISTRUST_MS = 60_000
const LONGEST_DISTRUST_MS = 3_600_000

/** One of `RPC_URLS` with what is known of it: right chain or not, and since when it fails. */
export class Endpoint {
  readonly transport: Transport
  private verdict: 'unchecked' | 'right' | 'wrong' = 'unchecked'
  private checking: Promise<void> | null = null
  private failures = 0
  private pausedUntilMs = 0
  private lastProblem: string | null = null
  private distrustedUntilMs = 0
  private timesDistrusted = 0

  constructor(
    readonly at: EndpointUrl,
    private readonly chainId: number,
  ) {
    this.transport = at.webSocket ? new WebSocketTransport(at) : new HttpTransport(at)
  }

  get label(): string {
    return this.at.label
  }

  /** Why it is not used: wrong chain for ever, or the fault it is resting from. Null while it is well. */
  get problem(): string | null {
    return this.verdict === 'wrong' || this.pausedUntilMs > 0 ? this.lastProblem : null
  }

  get wrongChain(): boolean {
    return this.verdict === 'wrong'
  }

  restsAt(nowMs: number): boolean {
    return this.pausedUntilMs > nowMs
  }

  /** Most others contradicted it: it is asked last, longer each time. */
  distrust(nowMs: number): void {
    this.distrustedUntilMs = nowMs + Math.min(FIRST_DISTRUST_MS * 2 ** this.timesDistrusted, LONGEST_DISTRUST_MS)
    this.timesDistrusted = Math.min(this.timesDistrusted + 1, 10)
  }

  isDistrusted(nowMs: number): boolean {
    return this.distrustedUntilMs > nowMs
  }

  /** Order of desperation when every endpoint rests. */
  get restsUntilMs(): number {
    return this.pausedUntilMs
  }

  /** Asks for the chain id unless it is known. Throws `EndpointError` when it is the wrong one or nobody answers. */
  async ensureRightChain(deadlineMs: number): Promise<void> {
    if (this.verdict === 'right') return
    if (this.verdict === 'wrong') throw new EndpointError('bad-answer', this.label, this.lastProblem ?? 'wrong chain')
    this.checking ??= this.check(deadlineMs).finally(() => {
      this.checking = null
    })
    await this.checking
  }

  private async check(deadlineMs: number): Promise<void> {
    const answer = await this.transport.send('eth_chainId', [], deadlineMs)
    let id: number
    try {
      id = count(answer, 'chain id')
    } catch (error) {
      throw new EndpointError('bad-answer', this.label, messageOf(error))
    }
    if (id === this.chainId) {
      this.verdict = 'right'
      return
    }
    this.verdict = 'wrong'
    this.lastProblem = `is on chain ${id}, the market file is for chain ${this.chainId}`
    throw new EndpointError('bad-answer', this.label, this.lastProblem)
  }

  succeeded(): void {
    this.failures = 0
    this.pausedUntilMs = 0
  }

  /** Rests longer after each failure in a row, or as long as the endpoint asked for. */
  failed(error: Error, nowMs: number): void {
    const asked = error instanceof EndpointError ? error.retryAfterMs : null
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.failures, LONGEST_PAUSE_MS)
    this.failures = Math.min(this.failures + 1, 10)
    this.pausedUntilMs = nowMs + (asked ?? pause)
    if (this.verdict !== 'wrong') this.lastProblem = error.message
    // another node may stand behind the same name when it comes back
    if (this.verdict === 'right' && error instanceof EndpointError && error.fault === 'connection')
      this.verdict = 'unchecked'
  }
}
