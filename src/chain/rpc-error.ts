import { KeeperError } from '../domain/errors.js'
import type { Hex } from '../domain/chain.js'

/** The node answered, with a JSON-RPC error. `revert` holds the revert bytes of a call, where the node gave them. */
export class RpcError extends KeeperError {
  constructor(
    readonly rpcCode: number,
    readonly rpcMessage: string,
    readonly revert: Hex | null,
    endpoint: string,
    method: string,
  ) {
    super('rpc', `${endpoint} refused ${method}: ${rpcMessage} (${rpcCode})`, { endpoint, method, rpcCode })
    this.name = 'RpcError'
  }
}

export type EndpointFault = 'connection' | 'deadline' | 'http' | 'rate-limit' | 'bad-answer' | 'too-large'

/** The endpoint did not answer as a node does: the next endpoint is asked. `retryAfterMs` when it named a pause. */
export class EndpointError extends KeeperError {
  constructor(
    readonly fault: EndpointFault,
    readonly endpoint: string,
    detail: string,
    readonly retryAfterMs: number | null = null,
  ) {
    super(`rpc-${fault}`, `${endpoint}: ${detail}`, { endpoint, fault })
    this.name = 'EndpointError'
  }
}

/** An answer that cannot be what was asked for; whoever parses throws it, the client turns to the next endpoint. */
export class BadAnswerError extends Error {}

/** Providers say "slow down" with several codes, always in words like these. */
export const isRateLimit = (error: RpcError): boolean =>
  error.rpcCode === 429 || /rate.?limit|too many requests|request limit|throttl|capacity|quota/i.test(error.rpcMessage)

/** The node lags behind, is on another fork or has pruned what was asked: another endpoint may know it. */
export const isUnknownBlock = (error: RpcError): boolean =>
  /unknown block|header not found|block (\S+ )?not found|block out of range|BlockOutOfRange|missing trie node|resource not found|state .*not available|block is out of range/i.test(
    error.rpcMessage,
  )

/** The request was sound but too big for this provider: it is asked again in halves. */
export function isTooLarge(error: unknown): boolean {
  if (error instanceof EndpointError) return error.fault === 'too-large' || error.fault === 'deadline'
  if (!(error instanceof RpcError) || isRateLimit(error)) return false
  return /too (large|many|big)|size exceed|exceed|limit|out of gas|gas required|range|timed? ?out|more than|intrinsic gas/i.test(
    error.rpcMessage,
  )
}
