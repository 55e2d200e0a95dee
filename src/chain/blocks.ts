import type { BlockRef, Head, Hex } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import type { BlockSource } from './canon.js'
import type { Endpoint } from './endpoint.js'
import { BadAnswerError } from './rpc-error.js'
import type { RequestOptions, RpcClient } from './rpc-client.js'
import { hex, parseHead, parseHeadOrNull } from './wire.js'

/** Headers from the endpoints of a client. Every method throws what the client throws. */
export class Blocks implements BlockSource {
  constructor(private readonly rpc: RpcClient) {}

  /** The newest block; some nodes answer `null` for a moment, which counts as their fault. */
  latest(only?: Endpoint): Promise<Head> {
    return this.rpc.request('eth_getBlockByNumber', ['latest', false], parseHead, {
      priority: 1,
      ...(only ? { only } : {}),
    })
  }

  byHash(hash: Hex): Promise<Head | null> {
    const parse = (answer: unknown): Head | null => {
      const head = parseHeadOrNull(answer)
      if (head && head.hash !== hash) throw new BadAnswerError('another block than asked for')
      return head
    }
    return this.rpc.request('eth_getBlockByHash', [hash, false], parse, { priority: 1 })
  }

  byNumber(number: number, options: RequestOptions = {}): Promise<Head | null> {
    const parse = (answer: unknown): Head | null => {
      const head = parseHeadOrNull(answer)
      if (head && head.number !== number) throw new BadAnswerError('another block than asked for')
      return head
    }
    return this.rpc.request('eth_getBlockByNumber', [hex(number), false], parse, options)
  }

  /** Throws `KeeperError('rpc-gap')` where the endpoints have no such block. */
  async required(number: number): Promise<Head> {
    const head = await this.byNumber(number)
    if (!head) throw new KeeperError('rpc-gap', `block ${number} is not to be had from RPC_URLS`, { number })
    return head
  }

  /** Whether this block is the one of its number in the chain. */
  async stands({ number, hash }: Pick<BlockRef, 'number' | 'hash'>): Promise<boolean> {
    return (await this.byNumber(number))?.hash === hash
  }

  /** Number of the newest final block; `fallbackDepth` below `head` where the chain or node has no such tag. */
  async finalNumber(head: number, fallbackDepth: number): Promise<number> {
    const fallback = Math.max(head - fallbackDepth, 0)
    try {
      const block = await this.rpc.request('eth_getBlockByNumber', ['finalized', false], parseHeadOrNull)
      return block && block.number <= head ? block.number : fallback
    } catch {
      return fallback
    }
  }
}
