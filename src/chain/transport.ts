import type { Hex } from '../domain/chain.js'
import type { EndpointUrl } from './endpoint-url.js'
import { EndpointError, RpcError } from './rpc-error.js'

/** One connection to one endpoint. `send` throws `RpcError` for the node's own errors, `EndpointError` for the rest. */
export interface Transport {
  readonly at: EndpointUrl
  send(method: string, params: readonly unknown[], deadlineMs: number): Promise<unknown>
  close(): void
}

/** Answers above this size are not read to their end: no honest answer to a sized request is as big. */
export const MAX_ANSWER_BYTES = 128 * 1024 * 1024

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** The `result` of a JSON-RPC answer; throws what its `error` says, or `EndpointError` when it is no such answer. */
export function readAnswer(body: unknown, at: EndpointUrl, method: string): unknown {
  if (!isObject(body)) throw new EndpointError('bad-answer', at.label, `answered ${method} with no JSON-RPC object`)
  if (body['error'] !== undefined && body['error'] !== null) throw readError(body['error'], at, method)
  if (!('result' in body)) throw new EndpointError('bad-answer', at.label, `answered ${method} without a result`)
  return body['result']
}

function readError(error: unknown, at: EndpointUrl, method: string): RpcError {
  if (!isObject(error)) return new RpcError(0, at.scrub(String(error)).slice(0, 300), null, at.label, method)
  const code = typeof error['code'] === 'number' ? error['code'] : 0
  const message = typeof error['message'] === 'string' ? error['message'] : 'no message'
  return new RpcError(code, at.scrub(message).slice(0, 300), revertBytes(error['data']), at.label, method)
}

/** Nodes put the bytes into `data`, some into `data.data`. */
function revertBytes(data: unknown): Hex | null {
  if (typeof data === 'string') return /^0x([0-9a-fA-F]{2})*$/.test(data) ? (data.toLowerCase() as Hex) : null
  return isObject(data) ? revertBytes(data['data']) : null
}
