import { Agent, request } from 'node:http'
import { KeeperError, messageOf } from '../domain/errors.js'

/** One JSON-RPC request. Throws `KeeperError('devnet-rpc')` with the method, the node's message and, for reverts, its data. */
export type Rpc = (method: string, params: readonly unknown[]) => Promise<unknown>

interface Answer {
  readonly result?: unknown
  readonly error?: { readonly code?: number; readonly message?: string; readonly data?: unknown }
}

/**
 * Plain HTTP to a local node: no batching, caching or polling, each of which is slow or wrong with a chain that mines at
 * once (ethers waits 10 ms to batch and answers equal calls of 250 ms from a cache). `fetch` costs three times the
 * processor time of this, most of a set-up's.
 */
export function rpcOver(url: string): Rpc {
  const agent = new Agent({ keepAlive: true })
  let id = 0
  return async (method, params) => {
    let answer: Answer
    try {
      answer = JSON.parse(
        await post(url, agent, JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params })),
      ) as Answer
    } catch (error) {
      const data = { method, url }
      throw new KeeperError('devnet-rpc', `${method}: ${url} does not answer: ${messageOf(error)}`, data, {
        cause: error,
      })
    }
    if (answer.error) {
      const { code, message, data } = answer.error
      const reason = typeof data === 'string' && data !== '0x' ? ` ${data}` : ''
      throw new KeeperError('devnet-rpc', `${method}: ${message ?? 'failed'}${reason}`, { method, code, data })
    }
    return answer.result
  }
}

function post(url: string, agent: Agent, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('end', () => {
        resolve(Buffer.concat(chunks).toString())
      })
      response.once('error', reject)
    })
    sent.once('error', reject)
    sent.end(body)
  })
}
