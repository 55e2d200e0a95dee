import { FlashbotsBundleProvider } from '@flashbots/ethers-provider-bundle'
import { AbstractProvider, FetchRequest, Network, Wallet } from 'ethers'
import type { GetUrlResponse } from 'ethers'
import type { Hex } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import { bundleHashOf, oneLine, readAnswer, withoutUrl } from './answer.js'
import type { Endpoint } from './endpoint.js'
import type { Bundle, BundleSimulation, Relay, RelayResult } from './relay.js'
import { RelayFault, post } from './transport.js'

export interface FlashbotsRelayOptions {
  readonly endpoint: Endpoint
  readonly chainId: number
  /** Signs request bodies only: a lasting key without funds, never the operator's. */
  readonly authKey: string
  readonly deadlineMs: number
}

const HEADERS = ['content-type', 'x-flashbots-signature'] as const

/**
 * The library's HTTP, replaced: one deadline for the whole exchange, no redirects, no retries, a size limit, the answer's id
 * checked. What reaches the library is always status 200 with an object as result, since it breaks on null after acceptance.
 */
function transport(deadlineMs: number) {
  return async (request: FetchRequest): Promise<GetUrlResponse> => {
    // the signature covers these bytes: decoded once, sent as they are
    const body = new TextDecoder().decode(request.body ?? new Uint8Array())
    const headers: Record<string, string> = {}
    for (const name of HEADERS) headers[name] = request.getHeader(name)
    const answer = await post({ url: request.url, headers, body, deadlineMs })
    const sent: unknown = JSON.parse(body)
    const id = typeof sent === 'object' && sent !== null && 'id' in sent ? sent.id : null
    const read = readAnswer(answer, id, Date.now())
    if (read.kind !== 'answered') throw new RelayFault(withoutUrl(read, request.url))
    const hash = bundleHashOf(read.result)
    const result = typeof read.result === 'object' && read.result !== null ? read.result : { bundleHash: hash ?? null }
    const text = JSON.stringify({ jsonrpc: '2.0', id, result })
    return { statusCode: 200, statusMessage: 'OK', headers: {}, body: new TextEncoder().encode(text) }
  }
}

function faultOf(error: unknown): RelayResult {
  if (error instanceof RelayFault) return error.result
  return { kind: 'unknown', why: oneLine(messageOf(error)).slice(0, 120) }
}

/**
 * Any relay or builder that speaks the Flashbots JSON-RPC, through the Flashbots library; never its `wait()`. The yardstick
 * of `BundleRelay`, which says the same in the same bytes and more where a builder documents more: it has no field of one
 * builder alone, no `mev_` methods, and signs for every relay anew.
 */
export class FlashbotsRelay implements Relay {
  readonly name: string
  private readonly library: FlashbotsBundleProvider
  private readonly replacement: boolean

  constructor(options: FlashbotsRelayOptions) {
    this.name = options.endpoint.host
    this.replacement = options.endpoint.profile.fields.has('replacementUuid')
    const connection = new FetchRequest(options.endpoint.url)
    connection.getUrlFunc = transport(options.deadlineMs)
    const network = new Network('keeper', options.chainId)
    // the library asks this provider only in `wait` and its relatives, which are never used here
    const noProvider = new AbstractProvider(network)
    this.library = new FlashbotsBundleProvider(noProvider, new Wallet(options.authKey), connection, network)
  }

  async submit(bundle: Bundle): Promise<RelayResult> {
    try {
      const options = this.replacement ? { replacementUuid: bundle.replacementUuid } : {}
      const sent = await this.library.sendRawBundle([...bundle.transactions], bundle.targetBlock, options)
      if ('error' in sent) return { kind: 'rejected', code: sent.error.code, message: oneLine(sent.error.message) }
      const hash = bundleHashOf(sent)
      return hash === undefined ? { kind: 'accepted' } : { kind: 'accepted', hash }
    } catch (error) {
      return faultOf(error)
    }
  }

  async simulate(bundle: Bundle, stateBlock: number): Promise<BundleSimulation | RelayResult> {
    try {
      const done = await this.library.simulate([...bundle.transactions], bundle.targetBlock, stateBlock)
      if ('error' in done) return { kind: 'rejected', code: done.error.code, message: oneLine(done.error.message) }
      const failed = done.firstRevert
      const data = failed !== undefined && 'revert' in failed ? failed.revert : ''
      return {
        gasUsed: BigInt(done.totalGasUsed),
        coinbaseWei: done.coinbaseDiff,
        revert:
          failed === undefined
            ? null
            : { reason: 'error' in failed ? oneLine(String(failed.error)) : 'reverted', data: asHex(data) },
      }
    } catch (error) {
      return faultOf(error)
    }
  }

  async cancel(replacementUuid: string): Promise<RelayResult> {
    if (!this.replacement) return { kind: 'rejected', message: 'this relay documents no cancellation' }
    try {
      const done = await this.library.cancelBundles(replacementUuid)
      if ('error' in done) return { kind: 'rejected', code: done.error.code, message: oneLine(done.error.message) }
      return { kind: 'accepted' }
    } catch (error) {
      return faultOf(error)
    }
  }
}

const asHex = (text: unknown): Hex =>
  typeof text === 'string' && /^0x([0-9a-fA-F]{2})*$/.test(text) ? (text as Hex) : '0x'
