import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { RelayResult } from './relay.js'

/** Longest answer that is read; a relay's answer is a hash, so anything longer is a fault or an attack. */
export const MAX_ANSWER_BYTES = 64 * 1024

export interface HttpAnswer {
  readonly status: number
  readonly retryAfter: string | null
  readonly text: string
}

export interface Post {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Hard limit for the whole exchange: connecting, sending, and the last byte of the answer. */
  readonly deadlineMs: number
}

/** Carries a relay's result through code that only knows exceptions. */
export class RelayFault extends Error {
  constructor(readonly result: RelayResult) {
    super(result.kind)
    this.name = 'RelayFault'
  }
}

const unknown = (why: string): RelayFault => new RelayFault({ kind: 'unknown', why })

/** Faults of name lookup and connecting: no byte of the request was written. */
const BEFORE_SENDING = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']

/** A failed request by its code alone: messages of the platform can repeat the URL. */
function faultOf(error: unknown): RelayFault {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  const why = code === '' ? 'the connection failed' : `the connection failed (${code})`
  return BEFORE_SENDING.includes(code) ? new RelayFault({ kind: 'unknown', why, unsent: true }) : unknown(why)
}

/**
 * Connections stay open between blocks: a new one costs round trips in the one moment that counts. Nobody but this room uses
 * them. An agent never keeps a process alive by an idle connection.
 */
const agents = {
  http: new HttpAgent({ keepAlive: true, maxSockets: 16, maxFreeSockets: 16, noDelay: true }),
  https: new HttpsAgent({ keepAlive: true, maxSockets: 16, maxFreeSockets: 16, noDelay: true }),
}

function open(url: string, options: RequestOptions): ClientRequest {
  const plain = url.startsWith('http:')
  return plain
    ? httpRequest(url, { ...options, agent: agents.http })
    : httpsRequest(url, { ...options, agent: agents.https })
}

/** Everything of the answer, at most `MAX_ANSWER_BYTES`. Redirects are answers of which nothing is read. */
function readAnswer(response: IncomingMessage, done: (answer: HttpAnswer) => void, fail: (fault: unknown) => void) {
  const { statusCode: status = 0, headers } = response
  if (status >= 300 && status < 400) {
    fail(new RelayFault({ kind: 'rejected', message: 'answered with a redirect, which is never followed' }))
    return
  }
  const parts: Buffer[] = []
  let size = 0
  response.on('data', (part: Buffer) => {
    size += part.length
    if (size > MAX_ANSWER_BYTES) fail(unknown(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`))
    else parts.push(part)
  })
  response.on('error', fail)
  response.on('end', () => {
    const retryAfter = headers['retry-after'] ?? null
    done({ status, retryAfter, text: Buffer.concat(parts).toString('utf8') })
  })
}

interface Failed {
  readonly error: unknown
  /** The server had closed an idle connection before it saw anything of this request, or seems to have. */
  readonly stale: boolean
}

function exchange({ url, headers, body }: Post, leftMs: number, totalMs: number): Promise<HttpAnswer | Failed> {
  return new Promise((resolve) => {
    const bytes = Buffer.from(body)
    let answered = false
    const request = open(url, { method: 'POST', headers: { ...headers, 'content-length': bytes.length } })
    const end = (result: HttpAnswer | Failed): void => {
      clearTimeout(timer)
      if ('error' in result) request.destroy()
      resolve(result)
    }
    const fail = (error: unknown): void => {
      end({ error, stale: request.reusedSocket && !answered && !(error instanceof RelayFault) })
    }
    const timer = setTimeout(() => fail(unknown(`no complete answer within ${totalMs} ms`)), leftMs)
    request.on('error', fail)
    request.on('response', (response) => {
      answered = true
      readAnswer(response, end, fail)
    })
    request.end(bytes)
  })
}

/**
 * One POST without redirects or cookies over a connection that stays open. Rejects only with `RelayFault`; a redirect is
 * answered `rejected` and its target sees nothing. Repeated once when an idle connection turns out to be closed: the same
 * signed bytes twice are one bundle. The request is on its way to the socket when this returns its promise.
 */
export async function post(request: Post): Promise<HttpAnswer> {
  const started = Date.now()
  const { deadlineMs } = request
  let result = await exchange(request, deadlineMs, deadlineMs)
  if ('error' in result && result.stale) {
    result = await exchange(request, Math.max(1, deadlineMs - (Date.now() - started)), deadlineMs)
  }
  if (!('error' in result)) return result
  throw result.error instanceof RelayFault ? result.error : faultOf(result.error)
}

/** Opens a connection for the next `post` where none is idle, without showing anything but that we are there. */
export function warm(url: string, deadlineMs: number): void {
  const root = new URL('/', url).href
  // the platform closes the connection of a HEAD
  const request = open(root, { method: 'GET' })
  const timer = setTimeout(() => request.destroy(), deadlineMs)
  request.on('error', () => clearTimeout(timer))
  request.on('response', (response) => {
    let size = 0
    response.on('data', (part: Buffer) => {
      size += part.length
      if (size > MAX_ANSWER_BYTES) request.destroy()
    })
    response.on('close', () => clearTimeout(timer))
  })
  request.end()
}
