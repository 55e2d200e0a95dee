import { z } from 'zod'
import { messageOf } from '../../domain/errors.js'
import type { Hex } from '../../domain/chain.js'
import type { Answered } from './answer.js'
import { bundleHashOf, oneLine, readAnswer, withoutUrl } from './answer.js'
import type { BodySigner } from './body-signer.js'
import { bodyOf, mevSendBundleBody, sendBundleBody } from './bundle-body.js'
import type { Endpoint } from './endpoint.js'
import type { Profile } from './profile.js'
import type { Auction, Bundle, BundleSimulation, Relay, RelayResult } from './relay.js'
import { RelayFault, post, warm } from './transport.js'

export interface BundleRelayOptions {
  readonly endpoint: Endpoint
  readonly profile: Profile
  /** Shared by all relays of one keeper: equal bodies are signed once. */
  readonly signer: BodySigner
  readonly deadlineMs: number
}

/** Servers close idle connections after five seconds and more. */
const STILL_WARM_MS = 4_000

const amount = z.union([z.string().regex(/^-?\d{1,78}$/), z.number().int()]).transform(BigInt)
const simulation = z.object({
  totalGasUsed: amount,
  coinbaseDiff: amount,
  results: z.array(z.object({ error: z.unknown().optional(), revert: z.unknown().optional() })).default([]),
})

const asHex = (text: unknown): Hex =>
  typeof text === 'string' && /^0x([0-9a-fA-F]{2})*$/.test(text) ? (text as Hex) : '0x'

/** Any relay or builder that speaks the Flashbots JSON-RPC, by the fields that this one documents. */
export class BundleRelay implements Relay {
  readonly name: string
  readonly auctions: readonly Auction[]
  private requests = 0
  private sequence = 0
  private usedAtMs = 0

  constructor(private readonly options: BundleRelayOptions) {
    this.name = options.endpoint.host
    this.auctions = options.profile.auctions
  }

  submit(bundle: Bundle, requestId = this.requests + 1): Promise<RelayResult> {
    this.requests += 1
    // of two bundles of one uuid the one sent later counts, whatever arrives first and whichever process sent it
    this.sequence = Math.max(this.sequence + 1, Date.now())
    const body =
      bundle.hint === undefined
        ? sendBundleBody(bundle, this.options.profile.fields, requestId, this.sequence)
        : mevSendBundleBody(bundle, bundle.hint, requestId)
    return this.ask(body, requestId, ({ result }) => {
      const hash = bundleHashOf(result)
      return hash === undefined ? { kind: 'accepted' } : { kind: 'accepted', hash }
    })
  }

  simulate({ transactions, targetBlock }: Bundle, stateBlock: number): Promise<BundleSimulation | RelayResult> {
    const [blockNumber, stateBlockNumber] = [targetBlock, stateBlock].map((block) => `0x${block.toString(16)}`)
    const id = ++this.requests
    const body = bodyOf('eth_callBundle', { txs: transactions, blockNumber, stateBlockNumber }, id)
    return this.ask<BundleSimulation>(body, id, ({ result }) => readSimulation(result))
  }

  async cancel(replacementUuid: string): Promise<RelayResult> {
    if (!this.options.profile.cancels) return { kind: 'rejected', message: 'this relay documents no cancellation' }
    const id = ++this.requests
    return this.ask(bodyOf('eth_cancelBundle', { replacementUuid }, id), id, () => ({ kind: 'accepted' }))
  }

  warm(): void {
    if (Date.now() - this.usedAtMs < STILL_WARM_MS) return
    this.usedAtMs = Date.now()
    warm(this.options.endpoint.url, this.options.deadlineMs)
  }

  private async ask<T>(body: string, id: number, read: (answer: Answered) => T): Promise<T | RelayResult> {
    const { endpoint, signer, deadlineMs } = this.options
    this.usedAtMs = Date.now()
    try {
      const headers = { 'content-type': 'application/json', 'x-flashbots-signature': signer.header(body) }
      const answer = readAnswer(await post({ url: endpoint.url, headers, body, deadlineMs }), id, Date.now())
      return answer.kind === 'answered' ? read(answer) : withoutUrl(answer, endpoint.url)
    } catch (error) {
      if (error instanceof RelayFault) return error.result
      return { kind: 'unknown', why: oneLine(messageOf(error)).slice(0, 120) }
    }
  }
}

/** Throws where the answer is no simulation. */
function readSimulation(result: unknown): BundleSimulation {
  const { totalGasUsed, coinbaseDiff, results } = simulation.parse(result)
  const failed = results.find(({ error, revert }) => (error ?? revert ?? null) !== null)
  if (failed === undefined) return { gasUsed: totalGasUsed, coinbaseWei: coinbaseDiff, revert: null }
  const reason = typeof failed.error === 'string' ? oneLine(failed.error) : 'reverted'
  return { gasUsed: totalGasUsed, coinbaseWei: coinbaseDiff, revert: { reason, data: asHex(failed.revert) } }
}
