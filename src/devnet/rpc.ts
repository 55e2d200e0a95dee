import { Agent, request } from 'node:http'
import { KeeperError, messageOf } from '../domain/errors.js'

export type RpcRequest = readonly [method: string, params: readonly unknown[]]

/** One JSON-RPC request. Throws `KeeperError('devnet-rpc')` with the method, the node's message and, for reverts, its data. */
export type Rpc = (method: string, params: readonly unknown[]) => Promise<unknown>

export interface BatchRpc extends Rpc {
  /** Many in one HTTP request, which costs much less time. Answers in the order of the requests; throws when one fails. */
  batch(requests: readonly RpcRequest[]): Promise<unknown[]>
}

interface Answer {
  readonly id?: number
  readonly result?: unknown
  readonly error?: { readonly code?: number; readonly message?: string; readonly data?: unknown }
}

/**
 * Plain HTTP to a local node: no batching, caching or polling, each of which is slow or wrong with a chain that mines at
 * once (ethers waits 10 ms to batch and answers equal calls of 250 ms from a cache). `fetch` costs three times the
 * processor time of this, most of a set-up's.
 */
export function rpcOver(url: string): BatchRpc {
  const agent = new Agent({ keepAlive: true })
  let id = 0
  const ask = async (method: string, question: object): Promise<unknown> => {
    try {
      return JSON.parse(await post(url, agent, JSON.stringify(question)))
    } catch (cause) {
      const problem = `${method}: ${url} does not answer: ${messageOf(cause)}`
      throw new KeeperError('devnet-rpc', problem, { method, url }, { cause })
    }
  }
  const call = async (method: string, params: readonly unknown[]): Promise<unknown> =>
    resultOf(method, (await ask(method, { jsonrpc: '2.0', id: ++id, method, params })) as Answer)
  const batch = async (requests: readonly RpcRequest[]): Promise<unknown[]> => {
    const [first] = requests
    if (!first) return []
    const questions = requests.map(([method, params]) => ({ jsonrpc: '2.0', id: ++id, method, params }))
    const answers = await ask(first[0], questions)
    const byId = new Map(Array.isArray(answers) ? (answers as Answer[]).map((answer) => [answer.id, answer]) : [])
    const none: Answer = Array.isArray(answers) ? NO_ANSWER : (answers as Answer)
    return questions.map((question) => resultOf(question.method, byId.get(question.id) ?? none))
  }
  return Object.assign(call, { batch })
}

const NO_ANSWER: Answer = { error: { message: 'no answer in the batch' } }

function resultOf(method: string, { error, result }: Answer): unknown {
  if (!error) return result
  const { code, message, data } = error
  const reason = typeof data === 'string' && data !== '0x' ? ` ${data}` : ''
  throw new KeeperError('devnet-rpc', `${method}: ${message ?? 'failed'}${reason}`, { method, code, data })
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
