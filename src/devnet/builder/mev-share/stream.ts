import { createServer, type Server, type ServerResponse } from 'node:http'
import type { HiddenPool } from './hidden-pool.js'

export interface HintStream {
  readonly server: Server
  /** How many listen now. */
  readonly listeners: number
  /** Cuts every connection. */
  drop(): void
  /** Writes these bytes to every listener: what a broken stream would say. */
  inject(text: string): void
  close(): void
}

const PING_MS = 15_000
const MOST_ENTRIES = 500

/**
 * The stream of hints as MEV-Share serves it: server-sent events at `/` with a comment line to keep the connection alive,
 * and what was said before at `/api/v1/history`.
 */
export function hintStream(pool: HiddenPool, pingMs = PING_MS): HintStream {
  const open = new Set<ServerResponse>()
  const inject = (text: string): void => {
    for (const response of open) response.write(text)
  }
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stream')
    if (request.method !== 'GET') return answer(response, 405, { error: 'GET is expected' })
    if (pathname === '/api/v1/history') return answer(response, 200, history(pool, searchParams))
    if (pathname === '/api/v1/history/info') return answer(response, 200, historyInfo(pool))
    if (pathname !== '/') return answer(response, 404, { error: 'not found' })
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    response.write(':ping\n\n')
    open.add(response)
    response.on('error', () => response.destroy())
    response.on('close', () => open.delete(response))
  })
  const silence = pool.onHint((event) => {
    inject(`data: ${JSON.stringify(event)}\n\n`)
  })
  const ping = setInterval(() => {
    inject(':ping\n\n')
  }, pingMs)
  ping.unref()
  return {
    server,
    get listeners() {
      return open.size
    },
    drop() {
      for (const response of open) response.destroy()
    },
    inject,
    close() {
      clearInterval(ping)
      silence()
      for (const response of open) response.end()
    },
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** Entries from the oldest on, by block and unix seconds, as the real query parameters name them. */
function history(pool: HiddenPool, query: URLSearchParams): unknown[] {
  const number = (name: string, otherwise: number): number => {
    const text = query.get(name)
    return text === null || !/^\d{1,15}$/.test(text) ? otherwise : Number(text)
  }
  const offset = number('offset', 0)
  return entries(pool)
    .filter(({ block }) => block >= number('blockStart', 0) && block <= number('blockEnd', Infinity))
    .filter(({ timestamp: at }) => at >= number('timestampStart', 0) && at <= number('timestampEnd', Infinity))
    .slice(offset, offset + Math.min(number('limit', MOST_ENTRIES), MOST_ENTRIES))
}

function historyInfo(pool: HiddenPool): Record<string, number> {
  const all = entries(pool)
  const [first, last] = [all[0], all.at(-1)]
  return {
    count: all.length,
    minBlock: first?.block ?? 0,
    maxBlock: last?.block ?? 0,
    minTimestamp: first?.timestamp ?? 0,
    maxTimestamp: last?.timestamp ?? 0,
    maxLimit: MOST_ENTRIES,
  }
}

const entries = (pool: HiddenPool): { block: number; timestamp: number; hint: unknown }[] =>
  pool.given().map(({ hidden, event }) => ({
    block: hidden.block,
    timestamp: Math.floor(hidden.receivedAtMs / 1000),
    hint: event,
  }))
