import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Dispatch, Reply } from './dispatch.js'
import { answerText, readRequest, type RpcErrorBody } from './json-rpc.js'
import type { PublicPool } from './public-pool.js'

export const PUBLIC_TRANSACTIONS_PATH = '/public-transactions'
const BODY_LIMIT_BYTES = 16 * 1024 * 1024

/** JSON-RPC by POST on any path, single or batch, and the record of public sendings by GET. */
export function httpDoor(dispatch: Dispatch, pool: PublicPool): RequestListener {
  return (request, response) => {
    if (request.method === 'GET' && request.url === PUBLIC_TRANSACTIONS_PATH) {
      reply(response, 200, JSON.stringify(pool.records()))
      return
    }
    if (request.method !== 'POST') {
      reply(response, 405, '{"error":"POST a JSON-RPC request"}')
      return
    }
    void readBody(request).then((body) =>
      body === undefined ? reply(response, 413, '{"error":"request too large"}') : serve(dispatch, body, response),
    )
  }
}

async function serve(dispatch: Dispatch, body: string, response: ServerResponse): Promise<void> {
  const text = await answerBody(dispatch, body)
  if (text === 'disconnect') response.destroy()
  else if (text !== 'hang') reply(response, 200, text)
}

/** The JSON to answer a request text with, or what the transport has to do instead. */
export async function answerBody(dispatch: Dispatch, body: string): Promise<string> {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch (error) {
    return answerText(null, { error: { code: -32700, message: `Parse error: ${String(error)}` } })
  }
  if (!Array.isArray(parsed)) return answerOne(dispatch, parsed)
  if (parsed.length === 0) return answerText(null, { error: { code: -32600, message: 'Invalid request: empty batch' } })
  const texts: string[] = []
  // in order: a batch that sends and then reads expects to find what it sent
  for (const one of parsed) texts.push(await answerOne(dispatch, one))
  return texts.find((text) => text === 'hang' || text === 'disconnect') ?? `[${texts.join(',')}]`
}

async function answerOne(dispatch: Dispatch, value: unknown): Promise<string> {
  const request = readRequest(value)
  if (!('method' in request)) return answerText(null, { error: request satisfies RpcErrorBody })
  const answer: Reply = await dispatch(request)
  return typeof answer === 'string' ? answer : answerText(request.id, answer)
}

function reply(response: ServerResponse, status: number, body: string): void {
  if (response.destroyed) return
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

/** The whole body, or undefined when it is too long or the client went away. */
function readBody(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= BODY_LIMIT_BYTES) chunks.push(chunk)
    })
    request.on('end', () => {
      resolve(size <= BODY_LIMIT_BYTES ? Buffer.concat(chunks).toString() : undefined)
    })
    request.on('error', () => {
      resolve(undefined)
    })
  })
}
