import { KeeperError, messageOf } from '../domain/errors.js'

/** One JSON-RPC request. Throws `KeeperError('devnet-rpc')` with the method, the node's message and, for reverts, its data. */
export type Rpc = (method: string, params: readonly unknown[]) => Promise<unknown>

interface Answer {
  readonly result?: unknown
  readonly error?: { readonly code?: number; readonly message?: string; readonly data?: unknown }
}

/**
 * Plain `fetch` to a local node: no batching, caching or polling, each of which is slow or wrong with a chain that mines
 * at once (ethers waits 10 ms to batch and answers equal calls of 250 ms from a cache).
 */
export function rpcOver(url: string): Rpc {
  let id = 0
  return async (method, params) => {
    let answer: Answer
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params }),
      })
      answer = (await response.json()) as Answer
    } catch (error) {
      throw new KeeperError(
        'devnet-rpc',
        `${method}: ${url} does not answer: ${messageOf(error)}`,
        { method, url },
        { cause: error },
      )
    }
    if (answer.error) {
      const { code, message, data } = answer.error
      const reason = typeof data === 'string' && data !== '0x' ? ` ${data}` : ''
      throw new KeeperError('devnet-rpc', `${method}: ${message ?? 'failed'}${reason}`, { method, code, data })
    }
    return answer.result
  }
}
