import { Wallet } from 'ethers'
import type { Hex } from '../../domain/chain.js'
import { BodySigner } from '../../execution/relays/body-signer.js'
import type { RivalBrief } from './brief.js'
import type { RivalReport } from './ears.js'

export interface Signing {
  readonly wallet: Wallet
  readonly nonce: number
  readonly data: Hex
  readonly gasLimit: bigint
  readonly baseFee: bigint
}

/** Signs and hands bundles to the same builders as everybody. What a relay answers changes nothing: the next block tells. */
export class Sender {
  private readonly signer: BodySigner

  constructor(private readonly brief: RivalBrief) {
    this.signer = new BodySigner(brief.authKey)
  }

  sign({ wallet, nonce, data, gasLimit, baseFee }: Signing): Promise<string> {
    const { chainId, executor } = this.brief
    return wallet.signTransaction({
      ...{ type: 2, chainId, to: executor, nonce, data, gasLimit, value: 0n },
      ...{ maxFeePerGas: baseFee * 2n + 1_000_000_000n, maxPriorityFeePerGas: 0n },
    })
  }

  /** For the next block: behind the report, and without it too where it may land by itself. */
  async send(
    raw: string,
    block: number,
    report: (RivalReport & { readonly raw: string | null }) | null,
  ): Promise<void> {
    const { relayUrls, shareUrl } = this.brief
    const blockNumber = `0x${block.toString(16)}`
    if (report?.hidden === true) {
      const body = [{ hash: report.hash }, { tx: raw, canRevert: false }]
      await this.post(shareUrl, 'mev_sendBundle', { version: 'v0.1', inclusion: { block: blockNumber }, body })
      return
    }
    const bundles = report?.raw ? [[report.raw, raw], [raw]] : [[raw]]
    await Promise.all(
      relayUrls.flatMap((url) => bundles.map((txs) => this.post(url, 'eth_sendBundle', { txs, blockNumber }))),
    )
  }

  private async post(url: string, method: string, params: object): Promise<void> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: [params] })
    const headers = { 'content-type': 'application/json', 'x-flashbots-signature': this.signer.header(body) }
    try {
      await (await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(4_000) })).text()
    } catch (error) {
      process.stderr.write(`${this.brief.name}: ${method}: ${String(error)}\n`)
    }
  }
}
