import type { RpcRequest } from './json-rpc.js'

/**
 * `error`: -32000 · `hang`: no answer until the client gives up · `null`: a null result · `disconnect`: the connection is
 * cut · `stale-head`: answers as of the block that was newest when the fault was set, and no notification follows ·
 * `refuse-websocket`: an upgrade is answered with 503.
 */
export type RpcFaultKind = 'error' | 'hang' | 'null' | 'disconnect' | 'stale-head' | 'refuse-websocket'

export interface RpcFaultOptions {
  /** Default: every method. */
  readonly methods?: readonly string[]
  /** How many requests are spoilt before the fault is over; default: until cleared. */
  readonly times?: number
}

interface ActiveFault {
  readonly kind: RpcFaultKind
  readonly methods: readonly string[] | undefined
  left: number
  /** `stale-head`: the newest block there is to be seen. */
  readonly head: number | undefined
}

/** The scripted faults of the node endpoint, the oldest that fits first. */
export class RpcFaults {
  #active: ActiveFault[] = []

  /** Returns how to end the fault early. */
  add(kind: RpcFaultKind, { methods, times = Infinity }: RpcFaultOptions, head?: number): () => void {
    const fault: ActiveFault = { kind, methods, left: times, head }
    this.#active.push(fault)
    return () => {
      this.#active = this.#active.filter((other) => other !== fault)
    }
  }

  clear(): void {
    this.#active = []
  }

  /** Uses up one count of the fault that spoils this request. */
  take(method: string): { kind: RpcFaultKind; head: number | undefined } | undefined {
    const websocket = method === 'upgrade'
    const fault = this.#active.find(
      ({ kind, methods, left }) =>
        left > 0 && (kind === 'refuse-websocket') === websocket && (methods?.includes(method) ?? true),
    )
    if (!fault) return undefined
    fault.left--
    if (fault.left <= 0) this.#active = this.#active.filter((other) => other !== fault)
    return fault
  }

  /** Whether notifications of new blocks are held back. */
  get stale(): boolean {
    return this.#active.some(({ kind }) => kind === 'stale-head')
  }
}

/** The request with `latest` pinned to an older block, for a node that lags. */
export function pinned({ id, method, params }: RpcRequest, head: number): RpcRequest {
  const tag = `0x${head.toString(16)}`
  const pin = (value: unknown): unknown => {
    if (value === 'latest' || value === 'pending') return tag
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && 'toBlock' in value)
      return { ...value, toBlock: pin(value.toBlock) }
    return value
  }
  return { id, method, params: params.map(pin) }
}
