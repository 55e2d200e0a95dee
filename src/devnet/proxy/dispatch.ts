import { setTimeout as sleep } from 'node:timers/promises'
import type { Admission } from './admission.js'
import { pinned, type RpcFaults } from './faults.js'
import { errorAnswer, isRecord, quantity, RpcFault, type RpcAnswer, type RpcRequest } from './json-rpc.js'
import type { PendingHandler } from './pending.js'
import { needsRest, refusedMethod, type PoolMethods } from './pool-methods.js'
import type { PublicPool } from './public-pool.js'
import type { Upstream } from './upstream.js'

/** `hang` and `disconnect` are for the transport to carry out. */
export type Reply = RpcAnswer | 'hang' | 'disconnect'
/** `instead` answers what only one kind of connection can (subscriptions); counting and faults come first all the same. */
export type Dispatch = (request: RpcRequest, instead?: (request: RpcRequest) => Promise<RpcAnswer>) => Promise<Reply>

export interface DispatchParts {
  readonly upstream: Upstream
  readonly pool: PublicPool
  readonly poolMethods: PoolMethods
  readonly pending: PendingHandler
  readonly admission: Admission
  readonly sendUnlocked: (call: unknown, method: string) => Promise<string>
  readonly faults: RpcFaults
  readonly allowAdmin: boolean
  readonly seen: (request: RpcRequest) => void
}

const OPEN_METHODS =
  /^(eth_(?!send)|net_|web3_|debug_trace|debug_get(Raw|Modified|Bad)|trace_|txpool_|ots_|erigon_|rpc_modules)/
const ADMIN_METHODS = /^(evm_|anvil_|hardhat_|debug_|eth_send)/

/** One request to one answer; never throws. */
export function dispatcher(parts: DispatchParts): Dispatch {
  const { faults, seen } = parts
  return async (request, instead) => {
    seen(request)
    const fault = faults.take(request.method)
    try {
      switch (fault?.kind) {
        case 'hang':
        case 'disconnect':
          return fault.kind
        case 'null':
          return { result: null }
        case 'error':
          throw new RpcFault(-32000, `${request.method}: the node is out of order`)
        case 'stale-head':
          return await answerStale(parts, request, fault.head ?? 0)
        case 'refuse-websocket':
        case undefined:
          return await (instead ?? ((asked) => answer(parts, asked)))(request)
      }
    } catch (error) {
      return errorAnswer(error)
    }
  }
}

function answerStale(parts: DispatchParts, request: RpcRequest, head: number): Promise<RpcAnswer> {
  if (request.method === 'eth_blockNumber') return Promise.resolve({ result: quantity(head) })
  return answer(parts, pinned(request, head))
}

function answer(parts: DispatchParts, request: RpcRequest): Promise<RpcAnswer> {
  return needsRest(request)
    ? parts.pool.production.read(() => answerAtRest(parts, request))
    : answerAtRest(parts, request)
}

async function answerAtRest(parts: DispatchParts, request: RpcRequest): Promise<RpcAnswer> {
  const { upstream, admission, sendUnlocked } = parts
  const { method, params } = request
  switch (method) {
    case 'eth_sendRawTransaction':
      return { result: await admission.send(params[0], method) }
    case 'eth_sendTransaction':
      return { result: await sendUnlocked(params[0], method) }
    case 'eth_sendRawTransactionSync':
      return mined(upstream, await admission.send(params[0], method))
    case 'eth_sendTransactionSync':
      return mined(upstream, await sendUnlocked(params[0], method))
  }
  const own = parts.poolMethods(request)
  if (own) return own
  if (params.includes('pending')) {
    const result = await parts.pending(request)
    if (result !== undefined) return { result }
  }
  if (OPEN_METHODS.test(method) || (parts.allowAdmin && ADMIN_METHODS.test(method)))
    return upstream.send(method, params)
  throw refusedMethod(method)
}

/** The receipt, once a block holds the transaction; gives up after 20 s. */
async function mined(upstream: Upstream, hash: string): Promise<RpcAnswer> {
  for (let waitedMs = 0; waitedMs < 20_000; waitedMs += 25) {
    const receipt = await upstream.call('eth_getTransactionReceipt', [hash])
    if (isRecord(receipt)) return { result: receipt }
    await sleep(25, undefined, { ref: false })
  }
  throw new RpcFault(4, `transaction ${hash} was sent and is not mined yet`, hash)
}
