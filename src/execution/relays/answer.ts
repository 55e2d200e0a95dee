import { scrubberOf } from '../../config/endpoint-secrets.js'
import type { HttpAnswer } from './transport.js'
import type { RelayResult } from './relay.js'

/** A JSON-RPC answer that carries a result of any shape, null included. */
export interface Answered {
  readonly kind: 'answered'
  readonly result: unknown
}

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** One line of a stranger's text, short enough for a log. */
export const oneLine = (text: string): string =>
  text
    // eslint counts control characters in a pattern as a mistake; \p{Cc} names the class
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 200)

const RATE_LIMIT_CODES: readonly number[] = [429, -32005]

/** `Retry-After` is in whole seconds or an HTTP date (RFC 9110 §10.2.3); anything else is ignored. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}

function parse(text: string): Fields | null {
  try {
    const json: unknown = JSON.parse(text)
    return isFields(json) ? json : null
  } catch {
    return null
  }
}

function readError(error: unknown, status: number): RelayResult {
  const fields = isFields(error) ? error : {}
  const code = typeof fields['code'] === 'number' ? fields['code'] : undefined
  if (code !== undefined && RATE_LIMIT_CODES.includes(code)) return { kind: 'rateLimited' }
  const text = typeof error === 'string' ? error : typeof fields['message'] === 'string' ? fields['message'] : ''
  const message = oneLine(text) || `HTTP ${status} without a message`
  return code === undefined ? { kind: 'rejected', message } : { kind: 'rejected', code, message }
}

/**
 * Maps one HTTP answer. `result` of any shape is an acceptance; an error object or text, in a 200 as in a 4xx or 5xx, is a
 * rejection. A 5xx without a JSON-RPC error comes from something in front of the relay, which may have passed the request
 * on: unknown. So is an answer to another request's id.
 */
export function readAnswer(answer: HttpAnswer, id: unknown, nowMs: number): Answered | RelayResult {
  const json = parse(answer.text)
  if (answer.status === 429) {
    const wait = retryAfterMs(answer.retryAfter, nowMs)
    return wait === undefined ? { kind: 'rateLimited' } : { kind: 'rateLimited', retryAfterMs: wait }
  }
  const error = json?.['error']
  if (error !== undefined && error !== null) return readError(error, answer.status)
  if (answer.status >= 500) return { kind: 'unknown', why: `HTTP ${answer.status}` }
  if (answer.status !== 200) {
    const text = json === null ? '' : oneLine(JSON.stringify(json))
    return { kind: 'rejected', message: text === '' ? `HTTP ${answer.status}` : `HTTP ${answer.status}: ${text}` }
  }
  if (json === null) return { kind: 'unknown', why: 'the answer is not a JSON object' }
  if (json['id'] !== id) return { kind: 'unknown', why: 'the answer carries another id' }
  return { kind: 'answered', result: json['result'] ?? null }
}

/** The same words without any part of the endpoint's URL but its host: a relay can echo the key in its path. */
export function withoutUrl(result: RelayResult, url: string): RelayResult {
  const scrub = scrubberOf(url)
  if (result.kind === 'rejected') return { ...result, message: scrub(result.message) }
  return result.kind === 'unknown' ? { ...result, why: scrub(result.why) } : result
}

/** The bundle hash in any shape that relays use for it; undefined where they send none. */
export function bundleHashOf(result: unknown): string | undefined {
  const hash = isFields(result) ? result['bundleHash'] : result
  return typeof hash === 'string' && /^0x[0-9a-fA-F]{1,64}$/.test(hash) ? hash : undefined
}
