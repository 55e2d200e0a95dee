import { WebSocket } from 'ws'
import { isRecord, RpcFault, type RpcAnswer } from './json-rpc.js'

/** One client's own WebSocket to anvil, opened with its first subscription, so that subscription ids need no mapping. */
export class UpstreamSocket {
  onNotification: (text: string) => void = () => undefined
  onClose: () => void = () => undefined
  readonly #waiting = new Map<number, { resolve: (answer: RpcAnswer) => void; reject: (error: RpcFault) => void }>()
  #socket: WebSocket | undefined
  #open: Promise<WebSocket> | undefined
  #id = 0
  #closed = false

  constructor(readonly url: string) {}

  async request(method: string, params: readonly unknown[]): Promise<RpcAnswer> {
    if (this.#closed) throw new RpcFault(-32603, 'connection closed')
    this.#open ??= this.#connect()
    const socket = await this.#open
    const id = ++this.#id
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    })
  }

  close(): void {
    this.#closed = true
    this.#socket?.terminate()
  }

  #connect(): Promise<WebSocket> {
    const socket = new WebSocket(this.url, { handshakeTimeout: 5_000 })
    this.#socket = socket
    socket.on('message', (data: Buffer) => {
      this.#read(data.toString())
    })
    return new Promise((resolve, reject) => {
      const end = (): void => {
        const gone = new RpcFault(-32603, 'anvil closed the connection')
        reject(gone)
        for (const { reject: fail } of this.#waiting.values()) fail(gone)
        this.#waiting.clear()
        if (!this.#closed) this.onClose()
      }
      socket.on('open', () => {
        resolve(socket)
      })
      socket.on('error', end)
      socket.on('close', end)
    })
  }

  #read(text: string): void {
    const message: unknown = JSON.parse(text)
    if (!isRecord(message)) return
    if (message['method'] === 'eth_subscription') {
      this.onNotification(text)
      return
    }
    const waiting = this.#waiting.get(Number(message['id']))
    this.#waiting.delete(Number(message['id']))
    const { error } = message
    if (!isRecord(error)) waiting?.resolve({ result: message['result'] })
    else
      waiting?.resolve({
        error: { code: Number(error['code']), message: String(error['message']), data: error['data'] },
      })
  }
}
