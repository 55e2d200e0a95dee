import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { KeeperError, codeOf } from '../domain/errors.js'
import { parseEndpointUrl } from './endpoint-url.js'

export interface EventStreamOptions {
  /** http(s); of it only the host is ever shown. */
  readonly url: string
  /** The data of one event. What it throws is the caller's own fault and not caught here. */
  readonly onData: (text: string) => void
  /** Called once, when the stream has ended by itself after it was open. */
  readonly onLost: (why: string) => void
  /** Without a byte for so long the connection counts as dead; the server gives signs of life. */
  readonly idleMs: number
  /** Longest event; a longer one ends the connection. */
  readonly maxEventBytes: number
}

const CONNECT_MS = 5_000

/**
 * Opens a stream of server-sent events. Resolves, when the server has said that it is one, to what ends it; rejects with
 * `KeeperError('event-stream')`. Redirects are not followed. Source: WHATWG HTML, server-sent events.
 */
export function openEventStream(options: EventStreamOptions): Promise<() => void> {
  const { url, headers, label } = parseEndpointUrl(options.url)
  const failure = (detail: string): KeeperError => new KeeperError('event-stream', `${label}: ${detail}`)
  const send = url.startsWith('https:') ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => call.destroy(failure(`no stream within ${CONNECT_MS} ms`)), CONNECT_MS)
    const call = send(url, { headers: { ...headers, accept: 'text/event-stream', 'cache-control': 'no-cache' } })
    call.on('error', (error) => {
      clearTimeout(timer)
      reject(error instanceof KeeperError ? error : failure(`the connection failed (${String(codeOf(error) ?? '?')})`))
    })
    call.on('response', (response) => {
      clearTimeout(timer)
      const type = response.headers['content-type'] ?? ''
      if (response.statusCode !== 200 || !type.startsWith('text/event-stream')) {
        call.destroy(failure(`answered with status ${response.statusCode ?? 0} and no stream of events`))
        return
      }
      resolve(listen(call, response, options))
    })
    call.end()
  })
}

function listen(call: ClientRequest, response: IncomingMessage, options: EventStreamOptions): () => void {
  let over = false
  const end = (why: string | null): void => {
    if (over) return
    over = true
    clearTimeout(idle)
    call.destroy()
    if (why !== null) options.onLost(why)
  }
  const idle = setTimeout(() => {
    end(`silent for ${options.idleMs} ms`)
  }, options.idleMs)
  const parser = new EventParser(options.onData, options.maxEventBytes)
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    if (over) return
    idle.refresh()
    if (!parser.push(chunk)) end(`an event of more than ${options.maxEventBytes} bytes`)
  })
  response.on('error', () => {
    end('the connection was cut')
  })
  response.on('close', () => {
    end('closed by the server')
  })
  return () => {
    end(null)
  }
}

/** Lines to events: only `data` fields matter here. */
class EventParser {
  private line = ''
  private data: string[] = []
  private size = 0

  constructor(
    private readonly onData: (text: string) => void,
    private readonly maxBytes: number,
  ) {}

  /** False when an event, or a line of it, is too long. */
  push(chunk: string): boolean {
    const lines = (this.line + chunk).split(/\r\n|\n|\r(?!$)/)
    this.line = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') this.dispatch()
      else if (line.startsWith('data:')) {
        this.size += line.length
        this.data.push(line.slice(line.startsWith('data: ') ? 6 : 5))
      }
      if (this.size > this.maxBytes) return false
    }
    return this.line.length + this.size <= this.maxBytes
  }

  private dispatch(): void {
    const { data } = this
    this.data = []
    this.size = 0
    if (data.length > 0) this.onData(data.join('\n'))
  }
}
