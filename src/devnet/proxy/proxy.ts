import { createServer, type Server } from 'node:http'
import { KeeperError } from '../../domain/errors.js'
import { admissionTo } from './admission.js'
import { dispatcher } from './dispatch.js'
import { RpcFaults, type RpcFaultKind, type RpcFaultOptions } from './faults.js'
import { httpDoor, PUBLIC_TRANSACTIONS_PATH } from './http-door.js'
import { bigintOf, type RpcRequest } from './json-rpc.js'
import { pendingState } from './pending.js'
import { poolMethods } from './pool-methods.js'
import { PublicPool, type PublicRecord } from './public-pool.js'
import { socketDoor } from './socket-door.js'
import { unlockedSender } from './unlocked.js'
import { Upstream } from './upstream.js'

export interface ProxyOptions {
  readonly anvil: { readonly rpcUrl: string }
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default: a free port. */
  readonly port?: number
  /** Lets `evm_*`, `anvil_*` and `hardhat_*` through; for tests of the proxy's surroundings only. */
  readonly allowAdmin?: boolean
}

export interface Proxy {
  readonly rpcUrl: string
  readonly wsUrl: string
  /** GET answers `publicTransactions()` as JSON. */
  readonly publicTransactionsUrl: string
  /** Where public transactions wait; the builder takes them from here. */
  readonly pool: PublicPool
  /** Every `eth_sendRawTransaction` and `eth_sendTransaction` so far, refused ones too. */
  publicTransactions(): readonly PublicRecord[]
  /** Requests so far by method; each part of a batch counts. */
  requests(): ReadonlyMap<string, number>
  resetRequests(): void
  /** Shows every request, each part of a batch by itself, before it is answered; returns how to stop. */
  watch(onRequest: (request: RpcRequest) => void): () => void
  /** Spoils the next requests; returns how to end it early. `stale-head` freezes at the block that is newest now. */
  fault(kind: RpcFaultKind, options?: RpcFaultOptions): Promise<() => void>
  clearFaults(): void
  dropWebSockets(): void
  stop(): Promise<void>
}

/**
 * Opens the one door to anvil for keeper, rivals and tests: JSON-RPC over HTTP and WebSocket on one port. What is sent
 * through it waits in `pool` for the builder; private transactions cannot be seen through it before they are in a block.
 * Throws `KeeperError('devnet-port')` when the port is taken.
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const { host = '127.0.0.1', port = 0, allowAdmin = false } = options
  const upstream = new Upstream(options.anvil.rpcUrl)
  const pool = new PublicPool()
  const faults = new RpcFaults()
  const requests = new Map<string, number>()
  const watchers = new Set<(request: RpcRequest) => void>()
  const pending = pendingState(upstream, pool)
  const admission = admissionTo(upstream, pool)
  const estimate = async (call: unknown): Promise<bigint> => {
    const request = { id: null, method: 'eth_estimateGas', params: [call, 'pending'] }
    return pool.production.read(async () =>
      bigintOf((await pending(request)) ?? (await upstream.call(request.method, request.params))),
    )
  }
  const dispatch = dispatcher({
    upstream,
    pool,
    poolMethods: poolMethods(upstream, pool),
    pending,
    admission,
    sendUnlocked: unlockedSender(upstream, pool, admission, estimate),
    faults,
    allowAdmin,
    seen: (request) => {
      requests.set(request.method, (requests.get(request.method) ?? 0) + 1)
      for (const onRequest of watchers) onRequest(request)
    },
  })
  const sockets = socketDoor(options.anvil.rpcUrl.replace(/^http/, 'ws'), pool, dispatch, faults)
  const server = createServer(httpDoor(dispatch, pool))
  server.on('upgrade', (request, socket, head) => {
    sockets.upgrade(request, socket, head)
  })
  const at = await listen(server, host, port)
  return {
    rpcUrl: `http://${at}`,
    wsUrl: `ws://${at}`,
    publicTransactionsUrl: `http://${at}${PUBLIC_TRANSACTIONS_PATH}`,
    pool,
    publicTransactions: () => pool.records(),
    requests: () => new Map(requests),
    resetRequests: () => {
      requests.clear()
    },
    watch: (onRequest) => {
      watchers.add(onRequest)
      return () => watchers.delete(onRequest)
    },
    fault: async (kind, faultOptions = {}) =>
      faults.add(kind, faultOptions, kind === 'stale-head' ? (await upstream.head()).number : undefined),
    clearFaults: () => {
      faults.clear()
    },
    dropWebSockets: () => {
      sockets.drop()
    },
    stop: async () => {
      sockets.close()
      await close(server)
      upstream.close()
    },
  }
}

/** `host:port` once the server listens. Throws `KeeperError('devnet-port')` otherwise. */
export function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(new KeeperError('devnet-port', `cannot listen on ${host}:${port}: ${error.message}`, { host, port }))
    })
    server.listen(port, host, () => {
      const address = server.address()
      resolve(`${host}:${typeof address === 'object' && address ? address.port : port}`)
    })
  })
}

/** Stops listening and cuts what is open. */
export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve()
    })
    server.closeAllConnections()
  })
}
