import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { answerText, errorAnswer, isRecord, RpcFault, type RpcAnswer } from '../proxy/json-rpc.js'
import { statusOf, type Personality } from './personality.js'
import { RelayFaultQueue } from './relay-fault-queue.js'
import { RELAY_FAULTS, write } from './relay-faults.js'
import type { RelayMethods } from './relay-methods.js'
import { Rejection } from './rejection.js'
import { signerOf } from './signature.js'
import { RateLimiter } from './rate-limiter.js'

const MAX_BODY_BYTES = 300_000

/**
 * The relay of this name has read a whole body. It goes on when the promise resolves: relays that share a process can so
 * be kept from thinking while another one still reads.
 */
export type RelayRead = (relay: string) => Promise<void>

export interface RelayServerParts {
  readonly personality: Personality
  readonly methods: RelayMethods
  readonly faults: RelayFaultQueue
  readonly limiter: RateLimiter
  /** Told of every request (`request:<method>`), acceptance (`accepted:<method>`) and refusal (`rejected:<name>`). */
  readonly count: (event: string) => void
  readonly onRead?: () => Promise<void>
}

interface Envelope {
  readonly id: string | number
  readonly method: string
  readonly params: readonly unknown[]
}

/** One relay's HTTP endpoint. Whatever arrives, it answers or cuts that connection, and goes on. */
export function relayServer(parts: RelayServerParts): Server {
  return createServer((request, response) => {
    response.on('error', () => response.destroy())
    void serve(parts, request, response).catch((error: unknown) => {
      write(response, 500, answerText(null, errorAnswer(error)))
    })
  })
}

async function serve(parts: RelayServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const early = parts.faults.takeEarly()
  if (early) {
    early.fault.apply({ response, id: null, text: '', details: early.details })
    return
  }
  const body = await readBody(request)
  await parts.onRead?.()
  let id: string | number | null = null
  try {
    const envelope = readEnvelope(parts, request, body)
    id = envelope.id
    await answer(parts, request, response, envelope, body)
  } catch (error) {
    refuse(parts, response, id, error)
  }
}

async function answer(
  parts: RelayServerParts,
  request: IncomingMessage,
  response: ServerResponse,
  { id, method, params }: Envelope,
  body: Buffer,
): Promise<void> {
  const { faults, personality, limiter, methods, count } = parts
  count(`request:${method}`)
  const active = faults.take(method)
  const fault = active ? RELAY_FAULTS[active.kind] : undefined
  const details = active?.details ?? {}
  if (fault?.when === 'instead') {
    fault.apply({ response, id, text: '', details })
    return
  }
  const header = request.headers['x-flashbots-signature']
  const signer = signerOf(typeof header === 'string' ? header : undefined, body)
  if (signer === null && personality.signature === 'required')
    throw new Rejection('signature-missing', -32600, 'X-Flashbots-Signature is missing')
  if (!limiter.admit(method, signer ?? '')) throw new Rejection('rate-limited', -32005, `too many ${method} requests`)
  const caller = {
    signer,
    method,
    ignored: active?.kind === 'acceptAndDrop',
    cancelLate: active?.kind === 'cancelLate',
  }
  const result = await methods(caller, params)
  count(`accepted:${method}`)
  const text = answerText(id, { result })
  if (fault?.when === 'answer') fault.apply({ response, id, text, details })
  else write(response, 200, text)
}

function readEnvelope({ count }: RelayServerParts, request: IncomingMessage, body: Buffer): Envelope {
  if (request.method !== 'POST') throw new Rejection('not-post', -32600, 'POST is expected')
  if (!/^application\/json(;|$)/i.test(request.headers['content-type'] ?? ''))
    throw new Rejection('content-type', -32600, 'content-type: application/json is expected')
  if (body.length > MAX_BODY_BYTES)
    throw new Rejection('too-large', -32600, `${body.length} bytes, at most ${MAX_BODY_BYTES}`)
  count('request')
  const parsed = parse(body)
  if (!isRecord(parsed) || parsed['jsonrpc'] !== '2.0')
    throw new Rejection('envelope', -32600, 'one JSON-RPC 2.0 request is expected')
  const { id, method, params } = parsed
  if (typeof id !== 'string' && typeof id !== 'number')
    throw new Rejection('envelope', -32600, 'id: a number or text is expected')
  if (typeof method !== 'string') throw new Rejection('envelope', -32600, 'method: text is expected')
  if (!Array.isArray(params)) throw new Rejection('params', -32602, 'params: a list is expected')
  return { id, method, params: params as unknown[] }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (error) {
    throw new Rejection('invalid-json', -32700, `parse error: ${String(error)}`)
  }
}

function refuse(
  { personality, count }: RelayServerParts,
  response: ServerResponse,
  id: string | number | null,
  error: unknown,
): void {
  if (!(error instanceof Rejection)) {
    count('internal-error')
    write(response, 500, answerText(id, errorAnswer(error)))
    return
  }
  count(`rejected:${error.reason}`)
  const answer: RpcAnswer = errorAnswer(new RpcFault(error.code, error.message))
  write(response, statusOf(personality, error), answerText(id, answer))
}

/** Up to one byte more than a relay takes; what follows is read and forgotten, so that the answer can be sent. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size - chunk.length <= MAX_BODY_BYTES) chunks.push(chunk)
    })
    request.on('end', () => {
      resolve(Buffer.concat(chunks))
    })
    request.on('error', reject)
  })
}
