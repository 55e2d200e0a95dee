/** The part of `ws` (already installed as a dependency of ethers) that this program uses. */
declare module 'ws' {
  import type { EventEmitter } from 'node:events'
  import type { AddressInfo } from 'node:net'

  export interface ClientOptions {
    readonly headers?: Readonly<Record<string, string>>
    readonly handshakeTimeout?: number
    readonly maxPayload?: number
    readonly perMessageDeflate?: boolean
  }

  export class WebSocket extends EventEmitter {
    static readonly OPEN: number
    constructor(url: string, options?: ClientOptions)
    readonly readyState: number
    send(text: string): void
    close(): void
    terminate(): void
  }

  export class WebSocketServer extends EventEmitter {
    constructor(options: { readonly port: number; readonly host?: string })
    readonly clients: Set<WebSocket>
    address(): AddressInfo
    close(done?: () => void): void
  }
}
