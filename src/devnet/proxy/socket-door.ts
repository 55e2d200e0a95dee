import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { pendingObject } from './decoded.js'
import type { Dispatch } from './dispatch.js'
import type { RpcFaults } from './faults.js'
import { answerBody } from './http-door.js'
import { isRecord, type RpcAnswer, type RpcRequest } from './json-rpc.js'
import type { PublicPool } from './public-pool.js'
import { UpstreamSocket } from './upstream-socket.js'

export interface SocketDoor {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Cuts every connection without a closing handshake. */
  drop(): void
  close(): void
}

/** JSON-RPC over WebSocket with `eth_subscribe`; blocks and logs come from anvil, waiting transactions from the pool. */
export function socketDoor(anvilUrl: string, pool: PublicPool, dispatch: Dispatch, faults: RpcFaults): SocketDoor {
  const server = new WebSocketServer({ noServer: true, maxPayload: 16 * 1024 * 1024 })
  const drop = (): void => {
    for (const client of server.clients) client.terminate()
  }
  return {
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy())
      if (faults.take('upgrade')) {
        socket.end('HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
        return
      }
      server.handleUpgrade(request, socket, head, (client) => {
        serveClient(client, new UpstreamSocket(anvilUrl), pool, dispatch, faults)
      })
    },
    drop,
    close() {
      drop()
      server.close()
    },
  }
}

function serveClient(
  client: WebSocket,
  upstream: UpstreamSocket,
  pool: PublicPool,
  dispatch: Dispatch,
  faults: RpcFaults,
): void {
  const own = new Map<string, () => void>()
  const send = (text: string): void => {
    if (client.readyState === WebSocket.OPEN) client.send(text)
  }
  const subscribe = (request: RpcRequest): Promise<RpcAnswer> => {
    const answer = ownSubscription(request, own, pool, send)
    return answer ? Promise.resolve(answer) : upstream.request(request.method, request.params)
  }
  const withSubscriptions: Dispatch = (request) =>
    dispatch(request, /^eth_(un)?subscribe$/.test(request.method) ? subscribe : undefined)
  upstream.onNotification = (text) => {
    if (!faults.stale) send(text)
  }
  upstream.onClose = () => {
    client.terminate()
  }
  client.on('message', (data: Buffer) => {
    void answerBody(withSubscriptions, data.toString()).then((text) => {
      if (text === 'disconnect') client.terminate()
      else if (text !== 'hang') send(text)
    })
  })
  client.on('error', () => {
    client.terminate()
  })
  client.on('close', () => {
    for (const stop of own.values()) stop()
    upstream.close()
  })
}

/** Subscriptions to waiting transactions; undefined for all others. */
function ownSubscription(
  { method, params }: RpcRequest,
  own: Map<string, () => void>,
  pool: PublicPool,
  send: (text: string) => void,
): RpcAnswer | undefined {
  if (method === 'eth_unsubscribe') {
    const id = String(params[0])
    own.get(id)?.()
    return own.delete(id) ? { result: true } : undefined
  }
  if (params[0] !== 'newPendingTransactions') return undefined
  const bodies = params[1] === true || (isRecord(params[1]) && params[1]['includeTransactions'] === true)
  const subscription = `0x${randomBytes(16).toString('hex')}`
  const stop = pool.onAdded((transaction) => {
    const result = bodies ? pendingObject(transaction) : transaction.hash
    send(JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription, result } }))
  })
  own.set(subscription, stop)
  return { result: subscription }
}
