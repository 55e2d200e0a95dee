import { Agent, request } from 'node:http'
import { bigintOf, isRecord, numberOf, RpcFault, type RpcAnswer } from './json-rpc.js'

/** The header fields that block production and simulation need. */
export interface ChainHead {
  readonly number: number
  readonly hash: string
  readonly timestamp: number
  readonly baseFeePerGas: bigint
  readonly gasUsed: bigint
  readonly gasLimit: bigint
}

/** The devnet's own connection to anvil: keep-alive, answers passed on as they came. */
export class Upstream {
  readonly #agent = new Agent({ keepAlive: true })
  #id = 0

  constructor(readonly url: string) {}

  /** Anvil's answer, error included. Throws `RpcFault` only when anvil cannot be reached or speaks no JSON. */
  send(method: string, params: readonly unknown[]): Promise<RpcAnswer> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: ++this.#id, method, params })
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        reject(new RpcFault(-32603, `${method}: anvil does not answer: ${error.message}`))
      }
      const call = request(this.url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', fail)
        response.on('end', () => {
          try {
            resolve(answerOf(JSON.parse(Buffer.concat(chunks).toString())))
          } catch (error) {
            fail(error instanceof Error ? error : new Error(String(error)))
          }
        })
      })
      call.on('error', fail)
      call.end(body)
    })
  }

  /** The result; an error answer is thrown as `RpcFault` with its code and data. */
  async call(method: string, params: readonly unknown[] = []): Promise<unknown> {
    const answer = await this.send(method, params)
    if ('error' in answer) throw new RpcFault(answer.error.code, answer.error.message, answer.error.data)
    return answer.result
  }

  async head(tag = 'latest'): Promise<ChainHead> {
    const block = await this.call('eth_getBlockByNumber', [tag, false])
    if (!isRecord(block) || typeof block['hash'] !== 'string') throw new RpcFault(-32603, `no block ${tag}`)
    return {
      number: numberOf(block['number']),
      hash: block['hash'],
      timestamp: numberOf(block['timestamp']),
      baseFeePerGas: bigintOf(block['baseFeePerGas']),
      gasUsed: bigintOf(block['gasUsed']),
      gasLimit: bigintOf(block['gasLimit']),
    }
  }

  /** Nonce after the latest block, whatever waits in a pool. */
  async nonce(address: string): Promise<number> {
    return numberOf(await this.call('eth_getTransactionCount', [address, 'latest']))
  }

  async balance(address: string): Promise<bigint> {
    return bigintOf(await this.call('eth_getBalance', [address, 'latest']))
  }

  close(): void {
    this.#agent.destroy()
  }
}

function answerOf(value: unknown): RpcAnswer {
  if (isRecord(value) && isRecord(value['error'])) {
    const { code, message, data } = value['error']
    return {
      error: {
        code: typeof code === 'number' ? code : -32603,
        message: typeof message === 'string' ? message : 'failed',
        ...(data === undefined ? {} : { data }),
      },
    }
  }
  if (isRecord(value)) return { result: value['result'] ?? null }
  throw new Error('not a JSON-RPC answer')
}
