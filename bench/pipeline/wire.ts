import { randomUUID } from 'node:crypto'
import type { Address, Hex } from '../../src/domain/chain.js'
import type { OperatorKey } from '../../src/execution/operator-key.js'
import { BodySigner } from '../../src/execution/relays/body-signer.js'
import { sendBundleBody } from '../../src/execution/relays/bundle-body.js'
import { parseEndpoint, type Endpoint } from '../../src/execution/relays/endpoint.js'
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

/**
 * The least that a bundle costs with the signer, the bodies and the HTTP client of the keeper: one type-2 transaction and one
 * bundle body for each set of fields are signed, and every relay is sent the body of its set.
 */
export class Wire {
  private readonly signer: BodySigner
  private readonly endpoints: readonly Endpoint[]
  private requests = 0

  constructor(private readonly options: WireOptions) {
    this.signer = new BodySigner(options.authKey)
    this.endpoints = options.relayUrls.map((url) => parseEndpoint(url, 'RELAY_URLS'))
  }

  /** The transaction's hash, and `performance.now()` when the last relay had read its body. Throws when one did not. */
  async send(
    key: OperatorKey,
    transaction: WireTransaction,
    targetBlock: number,
  ): Promise<{ readonly hash: Hex; readonly at: number }> {
    const { link, executor, chainId } = this.options
    const read = lastRead(link, this.endpoints.length)
    const { raw, hash } = key.sign({ ...transaction, chainId, to: executor, maxPriorityFeePerGas: 0n })
    const bundle = { transactions: [raw], targetBlock, replacementUuid: randomUUID(), maxTimestamp: FAR }
    const id = ++this.requests
    const sent = this.endpoints.map(({ url, profile }) => {
      const body = sendBundleBody(bundle, profile.fields, id, id)
      const headers = { 'content-type': 'application/json', 'x-flashbots-signature': this.signer.header(body) }
      return post({ url, headers, body, deadlineMs: DEADLINE_MS })
    })
    const [at] = await Promise.all([read.at, ...sent])
    if (at === null) throw new Error('not every relay has read its bundle')
    return { hash, at }
  }
}

/** A `maxTimestamp` that binds nothing. */
const FAR = 2 ** 32 - 1
