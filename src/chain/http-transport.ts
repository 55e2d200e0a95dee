import { messageOf } from '../domain/errors.js'
import type { EndpointUrl } from './endpoint-url.js'
import { EndpointError } from './rpc-error.js'
import { MAX_ANSWER_BYTES, readAnswer, type Transport } from './transport.js'

/** JSON-RPC by HTTP POST. Redirects are not followed: they would carry the request, and its key, somewhere else. */
export class HttpTransport implements Transport {
  private nextId = 1

  constructor(readonly at: EndpointUrl) {}

  async send(method: string, params: readonly unknown[], deadlineMs: number): Promise<unknown> {
    const id = this.nextId++
    // one deadline for connecting, waiting and reading: a server that drips bytes does not get more time
    const signal = AbortSignal.timeout(deadlineMs)
    let status: number
    let text: string
    try {
      const response = await fetch(this.at.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...this.at.headers },
        body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
        redirect: 'error',
        signal,
      })
      status = response.status
      if (status === 429) throw this.rateLimit(response)
      text = await this.read(response)
    } catch (error) {
      if (error instanceof EndpointError) throw error
      if (signal.aborted) throw this.fault('deadline', `no answer to ${method} within ${deadlineMs} ms`)
      throw this.fault('connection', `${method}: ${this.at.scrub(reasonOf(error))}`)
    }
    return this.parse(status, text, method, id)
  }

  close(): void {
    // each request has its own deadline; idle sockets close by themselves
  }

  private parse(status: number, text: string, method: string, id: number): unknown {
    if (status === 413) throw this.fault('too-large', `${method} is too large for this endpoint`)
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch {
      throw this.fault(status >= 400 ? 'http' : 'bad-answer', `answered ${method} with status ${status} and no JSON`)
    }
    const answer = body as { id?: unknown; error?: unknown }
    if (status >= 400 && (typeof body !== 'object' || body === null || !answer.error))
      throw this.fault('http', `answered ${method} with status ${status}`)
    if (status >= 500) throw this.fault('http', `answered ${method} with status ${status}`)
    if (typeof body === 'object' && body !== null && !answer.error && answer.id !== id)
      throw this.fault('bad-answer', `answered ${method} with the id of another request`)
    return readAnswer(body, this.at, method)
  }

  private async read(response: Response): Promise<string> {
    if (!response.body) return ''
    const parts: Uint8Array[] = []
    let size = 0
    const body = response.body.getReader()
    for (let next = await body.read(); !next.done; next = await body.read()) {
      size += next.value.length
      if (size > MAX_ANSWER_BYTES) {
        await body.cancel()
        throw this.fault('too-large', `an answer above ${MAX_ANSWER_BYTES} bytes`)
      }
      parts.push(next.value)
    }
    return Buffer.concat(parts).toString('utf8')
  }

  private rateLimit(response: Response): EndpointError {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    void response.body?.cancel().catch(() => undefined)
    const pause = Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 60) * 1000 : null
    return new EndpointError('rate-limit', this.at.label, 'too many requests (429)', pause)
  }

  private fault(kind: 'deadline' | 'connection' | 'http' | 'bad-answer' | 'too-large', detail: string): EndpointError {
    return new EndpointError(kind, this.at.label, detail)
  }
}

/** `fetch failed` alone helps nobody: the cause names the refused connection or the unknown host. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause === undefined ? messageOf(error) : messageOf(cause) || String((cause as { code?: unknown }).code)
}
