import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

export interface FaultDetails {
  /** `statusJson`, `statusHtml`. Default 500. */
  readonly status?: number
  /** `rateLimited`. Absent: no header. */
  readonly retryAfterSeconds?: number
  /** `redirect`. */
  readonly location?: string
  /** `slowDrip`: milliseconds between bytes. Default 100. */
  readonly dripMs?: number
}

/** What a fault has to spoil: the connection, and the answer that an honest relay would give. */
export interface Exchange {
  readonly response: ServerResponse
  readonly id: unknown
  /** The honest body; empty where the request was not processed. */
  readonly text: string
  readonly details: FaultDetails
}

/**
 * `early`: before the body is read · `instead`: read and not processed · `answer`: processed, then answered badly, so the
 * bundle may land all the same · `auction`: answered well, and then not treated so.
 */
export type RelayFault =
  | { readonly when: 'early' | 'instead' | 'answer'; readonly apply: (exchange: Exchange) => void }
  | { readonly when: 'auction' }

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  ({ response }: Exchange): void => {
    write(response, status, typeof body === 'string' ? body : JSON.stringify(body), headers)
  }

const cut = ({ response }: Exchange): void => {
  response.socket?.resetAndDestroy()
}

const nothing = (): void => undefined

const changed = (text: string, change: (answer: Record<string, unknown>) => Record<string, unknown>): string =>
  JSON.stringify(change(JSON.parse(text) as Record<string, unknown>))

const answering =
  (change: (answer: Record<string, unknown>) => Record<string, unknown>) =>
  ({ response, text }: Exchange): void => {
    write(response, 200, changed(text, change))
  }

/** The whole table of scripted relay faults: a new one is one more line. */
export const RELAY_FAULTS = {
  rateLimited: {
    when: 'instead',
    apply: (exchange) => {
      const after = exchange.details.retryAfterSeconds
      json({ error: 'rate limited' }, 429, after === undefined ? {} : { 'retry-after': String(after) })(exchange)
    },
  },
  statusJson: {
    when: 'instead',
    apply: (exchange) => {
      const { id, details } = exchange
      json({ jsonrpc: '2.0', id, error: { code: -32000, message: 'out of order' } }, details.status ?? 500)(exchange)
    },
  },
  statusHtml: {
    when: 'instead',
    apply: ({ response, details }) => {
      const page = '<html><body><h1>Bad gateway</h1></body></html>'
      write(response, details.status ?? 502, page, { 'content-type': 'text/html' })
    },
  },
  hang: { when: 'instead', apply: nothing },
  acceptThenHang: { when: 'answer', apply: nothing },
  slowDrip: { when: 'answer', apply: drip },
  resetBeforeBody: { when: 'early', apply: cut },
  resetAfterBody: { when: 'instead', apply: cut },
  acceptThenReset: { when: 'answer', apply: cut },
  redirect: {
    when: 'instead',
    apply: ({ response, details }) => {
      write(response, 307, '', { location: details.location ?? 'http://127.0.0.1:9/' })
    },
  },
  wrongId: { when: 'answer', apply: answering((answer) => ({ ...answer, id: 987_654_321 })) },
  nullResult: { when: 'answer', apply: answering((answer) => ({ ...answer, result: null })) },
  missingResult: { when: 'answer', apply: answering(({ jsonrpc, id }) => ({ jsonrpc, id })) },
  stringResult: { when: 'answer', apply: answering((answer) => ({ ...answer, result: `0x${'ab'.repeat(32)}` })) },
  errorInside: {
    when: 'instead',
    apply: (exchange) => {
      const error = { code: -32000, message: 'bundle simulation failed', data: '0x' }
      json({ jsonrpc: '2.0', id: exchange.id, error })(exchange)
    },
  },
  stringError: {
    when: 'instead',
    apply: (exchange) => {
      json({ jsonrpc: '2.0', id: exchange.id, error: 'unable to decode txs' })(exchange)
    },
  },
  invalidJson: { when: 'answer', apply: json('{"jsonrpc":"2.0","id":1,"resu') },
  empty: { when: 'answer', apply: json('') },
  truncatedGzip: { when: 'answer', apply: truncatedGzip },
  bigBody: {
    when: 'answer',
    apply: answering((answer) => ({ ...answer, padding: 'x'.repeat(2 * 1024 * 1024) })),
  },
  duplicateAnswer: { when: 'answer', apply: ({ response, text }) => write(response, 200, text + text) },
  acceptAndDrop: { when: 'auction' },
  cancelLate: { when: 'auction' },
} as const satisfies Record<string, RelayFault>

export type RelayFaultKind = keyof typeof RELAY_FAULTS

export function write(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed || response.headersSent) return
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  })
  response.end(body)
}

function drip({ response, text, details }: Exchange): void {
  let sent = 0
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
  const timer = setInterval(() => {
    response.write(text.slice(sent, ++sent))
    if (sent < text.length) return
    clearInterval(timer)
    response.end()
  }, details.dripMs ?? 100)
  response.on('close', () => {
    clearInterval(timer)
  })
}

function truncatedGzip({ response, text }: Exchange): void {
  const whole = gzipSync(text)
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
  response.end(whole.subarray(0, whole.length >> 1))
}
