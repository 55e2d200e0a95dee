import { WebSocket } from 'ws'
import { messageOf } from '../domain/errors.js'
import type { EndpointUrl } from './endpoint-url.js'
import { EndpointError } from './rpc-error.js'
import { MAX_ANSWER_BYTES, readAnswer, type Transport } from './transport.js'

interface Waiting {
  readonly method: string
  readonly timer: NodeJS.Timeout
  resolve(result: unknown): void
  reject(error: Error): void
}

/** What a subscriber hears: payloads, then once that the subscription is lost. */
export interface Subscriber {
  onPayload(payload: unknown): void
  onLost(reason: string): void
}

const HANDSHAKE_MS = 4_000

/** JSON-RPC over one WebSocket, opened when first needed and again after it was lost. */
export class WebSocketTransport implements Transport {
  private nextId = 1
  private socket: WebSocket | null = null
  private opening: Promise<WebSocket> | null = null
  private closed = false
  private readonly waiting = new Map<number, Waiting>()
  private readonly subscribers = new Map<string, Subscriber>()
  /** Payloads that overtook the answer to their own `eth_subscribe`. */
  private early: { readonly id: string; readonly payload: unknown }[] = []

  constructor(readonly at: EndpointUrl) {}

  async send(method: string, params: readonly unknown[], deadlineMs: number): Promise<unknown> {
    const socket = await this.open()
    return new Promise((resolve, reject) => {
      const id = this.nextId++
      const timer = setTimeout(() => {
        this.waiting.delete(id)
        reject(new EndpointError('deadline', this.at.label, `no answer to ${method} within ${deadlineMs} ms`))
      }, deadlineMs)
      this.waiting.set(id, { method, timer, resolve, reject })
      try {
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
      } catch (error) {
        clearTimeout(timer)
        this.waiting.delete(id)
        reject(this.lost(messageOf(error)))
      }
    })
  }

  /** `eth_subscribe`, or that of another namespace (`solver`); returns a function that ends it. */
  async subscribe(
    params: readonly unknown[],
    subscriber: Subscriber,
    deadlineMs: number,
    namespace = 'eth',
  ): Promise<() => void> {
    const id = await this.send(`${namespace}_subscribe`, params, deadlineMs)
    if (typeof id !== 'string') throw new EndpointError('bad-answer', this.at.label, 'gave a subscription without id')
    this.subscribers.set(id, subscriber)
    for (const { payload } of this.early.filter((early) => early.id === id)) subscriber.onPayload(payload)
    this.early = []
    return () => {
      if (!this.subscribers.delete(id) || this.socket?.readyState !== WebSocket.OPEN) return
      this.send(`${namespace}_unsubscribe`, [id], deadlineMs).catch(() => undefined)
    }
  }

  close(): void {
    this.closed = true
    this.socket?.terminate()
  }

  private open(): Promise<WebSocket> {
    if (this.closed) return Promise.reject(this.lost('closed'))
    if (this.socket?.readyState === WebSocket.OPEN) return Promise.resolve(this.socket)
    this.opening ??= this.connect().finally(() => {
      this.opening = null
    })
    return this.opening
  }

  private connect(): Promise<WebSocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.at.url, {
        headers: this.at.headers,
        handshakeTimeout: HANDSHAKE_MS,
        maxPayload: MAX_ANSWER_BYTES,
        perMessageDeflate: false,
      })
      let reason = 'connection closed'
      socket.on('error', (error: unknown) => {
        reason = this.at.scrub(messageOf(error)) || 'connection refused'
      })
      socket.on('open', () => {
        if (this.closed) socket.terminate()
        this.socket = socket
        resolve(socket)
      })
      socket.on('message', (data: unknown) => {
        this.receive(String(data))
      })
      socket.on('close', () => {
        reject(this.lost(reason))
        if (this.socket === socket) this.drop(reason)
      })
    })
  }

  private receive(text: string): void {
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch {
      this.socket?.terminate()
      return
    }
    if (typeof body !== 'object' || body === null) return
    const { id, method, params } = body as { id?: unknown; method?: unknown; params?: unknown }
    if (typeof method === 'string' && method.endsWith('_subscription')) {
      this.publish(params)
      return
    }
    const waiting = typeof id === 'number' ? this.waiting.get(id) : undefined
    if (!waiting) return
    clearTimeout(waiting.timer)
    this.waiting.delete(id as number)
    try {
      waiting.resolve(readAnswer(body, this.at, waiting.method))
    } catch (error) {
      waiting.reject(error as Error)
    }
  }

  private publish(params: unknown): void {
    if (typeof params !== 'object' || params === null) return
    const { subscription, result } = params as { subscription?: unknown; result?: unknown }
    if (typeof subscription !== 'string') return
    const subscriber = this.subscribers.get(subscription)
    if (subscriber) subscriber.onPayload(result)
    else if (this.early.length < 16) this.early.push({ id: subscription, payload: result })
  }

  private drop(reason: string): void {
    this.socket = null
    this.early = []
    const waiting = [...this.waiting.values()]
    const subscribers = [...this.subscribers.values()]
    this.waiting.clear()
    this.subscribers.clear()
    for (const one of waiting) {
      clearTimeout(one.timer)
      one.reject(this.lost(reason))
    }
    for (const one of subscribers) one.onLost(reason)
  }

  private lost(reason: string): EndpointError {
    return new EndpointError('connection', this.at.label, reason)
  }
}
