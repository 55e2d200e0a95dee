import { Wallet, id } from 'ethers'
import { randomUUID } from 'node:crypto'
import type { Address, Hex } from '../../src/domain/chain.js'
import type { OperatorKey } from '../../src/execution/operator-key.js'
import { post } from '../../src/execution/relays/transport.js'
import type { ChainLink } from './chain-link.js'
import { lastRead } from './reads.js'

const DEADLINE_MS = 1_500

export interface WireOptions {
  readonly link: ChainLink
  readonly relayUrls: readonly string[]
  readonly executor: Address
  readonly chainId: number
  /** Signs bodies. */
  readonly authKey: string
}

export interface WireTransaction {
  readonly nonce: number
  readonly data: Hex
  readonly gasLimit: bigint
  readonly maxFeePerGas: bigint
}

/** The least that a bundle costs: one type-2 transaction and two bundle bodies are signed, each body goes to every other relay. */
export class Wire {
  private readonly auth: Wallet
  private ids = 0

  constructor(private readonly options: WireOptions) {
    this.auth = new Wallet(options.authKey)
  }

  /** The transaction's hash, and `performance.now()` when the last relay had read its body. Throws when one did not. */
  async send(
    key: OperatorKey,
    transaction: WireTransaction,
    targetBlock: number,
  ): Promise<{ readonly hash: Hex; readonly at: number }> {
    const { link, relayUrls, executor, chainId } = this.options
    const read = lastRead(link, relayUrls.length)
    const { raw, hash } = key.sign({ ...transaction, chainId, to: executor, maxPriorityFeePerGas: 0n })
    const bodies = this.bodies(raw, targetBlock)
    const sent = bodies.map(async (body, i) => {
      const signature = `${this.auth.address}:${await this.auth.signMessage(id(body))}`
      const headers = { 'content-type': 'application/json', 'x-flashbots-signature': signature }
      const urls = relayUrls.filter((_, j) => j % bodies.length === i)
      await Promise.all(urls.map((url) => post({ url, headers, body, deadlineMs: DEADLINE_MS })))
    })
    const [at] = await Promise.all([read.at, ...sent])
    if (at === null) throw new Error('not every relay has read its bundle')
    return { hash, at }
  }

  /** Two field sets: one relay documents replacement, the other does not. */
  private bodies(raw: Hex, targetBlock: number): string[] {
    const blockNumber = `0x${targetBlock.toString(16)}`
    return [{ replacementUuid: randomUUID() }, {}].map((more) => {
      const params = [{ txs: [raw], blockNumber, ...more }]
      return JSON.stringify({ method: 'eth_sendBundle', params, id: ++this.ids, jsonrpc: '2.0' })
    })
  }
}
