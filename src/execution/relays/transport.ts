import { messageOf } from '../../domain/errors.js'
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
const BEFORE_SENDING = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']

/** A failed fetch by the code of its cause alone: messages of the platform can repeat the URL. */
function faultOfFetch(error: unknown): RelayFault {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : null
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : ''
  const why = code === '' ? 'the connection failed' : `the connection failed (${code})`
  return BEFORE_SENDING.includes(code) ? new RelayFault({ kind: 'unknown', why, unsent: true }) : unknown(why)
}

async function readLimited(response: Response): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  const reader = response.body?.getReader()
  if (reader === undefined) return ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return new TextDecoder().decode(Buffer.concat(parts))
    size += value.byteLength
    if (size > MAX_ANSWER_BYTES) {
      await reader.cancel().catch((error: unknown) => messageOf(error))
      throw unknown(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`)
    }
    parts.push(value)
  }
}

/**
 * One POST without redirects, retries or cookies. Rejects only with `RelayFault`; a redirect is answered `rejected` and its
 * target sees nothing.
 */
export async function post(request: Post): Promise<HttpAnswer> {
  const signal = AbortSignal.timeout(request.deadlineMs)
  try {
    const response = await fetch(request.url, {
      method: 'POST',
      redirect: 'manual',
      headers: request.headers,
      body: request.body,
      signal,
    })
    if (response.status === 0 || (response.status >= 300 && response.status < 400)) {
      await response.body?.cancel()
      throw new RelayFault({ kind: 'rejected', message: 'answered with a redirect, which is never followed' })
    }
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      text: await readLimited(response),
    }
  } catch (error) {
    if (error instanceof RelayFault) throw error
    throw signal.aborted ? unknown(`no complete answer within ${request.deadlineMs} ms`) : faultOfFetch(error)
  }
}
