import { Wallet } from 'ethers'
import { toAddress, type Address } from '../../../domain/chain.js'
import { decodeSigned, type SignedTransaction } from '../../proxy/decoded.js'

export const PAYOUT_GAS = 21_000n

/** Pays refunds out of the builder's own account, in the block in which they were earned. */
export class Payer {
  readonly address: Address
  readonly #wallet: Wallet

  constructor(
    privateKey: string,
    readonly chainId: bigint,
  ) {
    this.#wallet = new Wallet(privateKey)
    this.address = toAddress(this.#wallet.address)
  }

  async payout(to: Address, value: bigint, nonce: number, baseFee: bigint): Promise<SignedTransaction> {
    const raw = await this.#wallet.signTransaction({
      ...{ type: 2, chainId: this.chainId, nonce, to, value, gasLimit: PAYOUT_GAS },
      ...{ maxFeePerGas: baseFee, maxPriorityFeePerGas: 0n },
    })
    return decodeSigned(raw)
  }
}
