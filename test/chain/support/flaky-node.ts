import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

export type Fault = 'none' | '429' | '500' | 'html' | 'hang' | 'reset' | 'garbage' | 'wrong-id' | 'redirect'

interface Question {
  readonly id: unknown
  readonly method: string
  readonly params?: readonly unknown[]
}

/** A node in front of a real one, by HTTP and WebSocket on one port, that can be made to fail and counts what it is asked. */
export class FlakyNode {
  fault: Fault = 'none'
  /** Told of each request by HTTP that `fault` spoils, when it is there. */
  onSpoilt: () => void = () => undefined
  /** Answers instead of the node, where it returns something else than undefined. */
  answer: (question: Question) => unknown = () => undefined
  /** Changes what the real node answered by HTTP, for a node that lies. */
  rewrite: (question: Question, result: unknown) => unknown = (_question, result) => result
  /** Changes what the real node is asked by HTTP. */
  translate: (question: Question) => Question = (question) => question
  /** Milliseconds by which an answer comes later; asked anew for each. */
  delayMs: () => number = () => 0
  /** False: WebSocket connections are closed at once. */
  webSockets = true
  readonly asked = new Map<string, number>()
  private readonly server: Server
  private readonly sockets = new WebSocketServer({ noServer: true })

  private constructor(private readonly upstream: { readonly http: string; readonly ws: string }) {
    this.server = createServer((request, response) => {
      this.serve(request, response).catch(() => response.destroy())
    })
    this.server.on('upgrade', (request, socket, head) => {
      if (!this.webSockets || this.fault === 'reset') socket.destroy()
      else this.sockets.handleUpgrade(request, socket, head, (client) => this.bridge(client))
    })
  }

  static async before(upstream: { readonly http: string; readonly ws: string }): Promise<FlakyNode> {
    const node = new FlakyNode(upstream)
    await new Promise<void>((resolve) => node.server.listen(0, '127.0.0.1', resolve))
    return node
  }

  private get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/v2/SECRET-KEY`
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${this.port}/v2/SECRET-KEY`
  }

  get requests(): number {
    return [...this.asked.values()].reduce((sum, n) => sum + n, 0)
  }

  dropWebSockets(): void {
    for (const client of this.sockets.clients) client.terminate()
  }

  async stop(): Promise<void> {
    this.dropWebSockets()
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private async delay(): Promise<void> {
    const milliseconds = this.delayMs()
    if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds))
  }

  private note(question: Question): void {
    this.asked.set(question.method, (this.asked.get(question.method) ?? 0) + 1)
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts).toString()
    const question = JSON.parse(body) as Question
    this.note(question)
    await this.delay()
    const { fault } = this
    if (fault !== 'none') this.onSpoilt()
    if (fault === 'hang') return
    if (fault === 'reset') return void response.destroy()
    const reply = (status: number, text: string, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
    }
    if (fault === '429') return reply(429, '{}', { 'retry-after': '1' })
    if (fault === '500') return reply(500, '{"error":"oops"}')
    if (fault === 'html') return reply(200, '<html>maintenance</html>')
    if (fault === 'garbage') return reply(200, JSON.stringify({ jsonrpc: '2.0', id: question.id, result: { a: 1 } }))
    if (fault === 'wrong-id') return reply(200, JSON.stringify({ jsonrpc: '2.0', id: 'other', result: '0x1' }))
    if (fault === 'redirect') return reply(307, '', { location: this.upstream.http })
    const own = this.answer(question)
    if (own !== undefined) return reply(200, JSON.stringify({ jsonrpc: '2.0', id: question.id, ...asResult(own) }))
    const answer = await fetch(this.upstream.http, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(this.translate(question)),
    })
    const text = await answer.text()
    const honest = JSON.parse(text) as { result?: unknown }
    if (!('result' in honest)) return reply(answer.status, text)
    reply(answer.status, JSON.stringify({ ...honest, result: this.rewrite(question, honest.result) }))
  }

  private bridge(client: WebSocket): void {
    const upstream = new WebSocket(this.upstream.ws)
    const waiting: string[] = []
    upstream.on('open', () => {
      for (const text of waiting) upstream.send(text)
    })
    client.on('message', (data) => {
      const text = (data as Buffer).toString()
      const question = JSON.parse(text) as Question
      this.note(question)
      const own = this.answer(question)
      if (own !== undefined) client.send(JSON.stringify({ jsonrpc: '2.0', id: question.id, ...asResult(own) }))
      else if (this.fault === 'hang') return
      else if (upstream.readyState === WebSocket.OPEN) upstream.send(text)
      else waiting.push(text)
    })
    // one after the other: what a delayed answer overtakes on a connection would be another fault
    let turn = Promise.resolve()
    upstream.on('message', (data) => {
      turn = turn
        .then(() => this.delay())
        .then(() => {
          if (this.fault !== 'hang') client.send((data as Buffer).toString())
        })
    })
    upstream.on('error', () => client.terminate())
    upstream.on('close', () => client.terminate())
    client.on('close', () => upstream.terminate())
  }
}

const asResult = (own: unknown): object =>
  typeof own === 'object' && own !== null && 'error' in own ? own : { result: own }
