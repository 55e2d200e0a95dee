/** JSON-RPC 2.0 as the devnet's servers read and write it. Nothing here throws on what a stranger sends. */

export type RpcId = string | number | null

export interface RpcRequest {
  readonly id: RpcId
  readonly method: string
  readonly params: readonly unknown[]
}

export interface RpcErrorBody {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

export type RpcAnswer = { readonly result: unknown } | { readonly error: RpcErrorBody }

/** An answer with an error, thrown by a handler and turned into its JSON by the server. */
export class RpcFault extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message)
    this.name = 'RpcFault'
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A well-formed request, or why it is none. A missing `params` is an empty list; named params are refused. */
export function readRequest(value: unknown): RpcRequest | RpcErrorBody {
  if (!isRecord(value)) return { code: -32600, message: 'Invalid request: not an object' }
  const { id, method, params } = value
  if (typeof method !== 'string') return { code: -32600, message: 'Invalid request: method is not a string' }
  if (params !== undefined && params !== null && !Array.isArray(params))
    return { code: -32602, message: 'Invalid params: a list is expected' }
  return { id: idOf(id), method, params: Array.isArray(params) ? (params as unknown[]) : [] }
}

export const idOf = (id: unknown): RpcId => (typeof id === 'string' || typeof id === 'number' ? id : null)

export const answerText = (id: RpcId, answer: RpcAnswer): string => JSON.stringify({ jsonrpc: '2.0', id, ...answer })

export const errorAnswer = (error: unknown): RpcAnswer =>
  error instanceof RpcFault
    ? {
        error: {
          code: error.code,
          message: error.message,
          ...(error.data === undefined ? {} : { data: error.data }),
        },
      }
    : { error: { code: -32603, message: `Internal error: ${error instanceof Error ? error.message : String(error)}` } }

/** 0x-prefixed minimal hex, as quantities are written. */
export const quantity = (value: bigint | number): `0x${string}` => `0x${value.toString(16)}`

/** A quantity of an answer as bigint; throws `RpcFault` where it is none. */
export function bigintOf(value: unknown): bigint {
  if (typeof value === 'string' && /^0x[0-9a-fA-F]+$/.test(value)) return BigInt(value)
  throw new RpcFault(-32603, `not a quantity: ${JSON.stringify(value)}`)
}

export const numberOf = (value: unknown): number => Number(bigintOf(value))
