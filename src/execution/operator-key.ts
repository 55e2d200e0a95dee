import { Wallet, keccak256 } from 'ethers'
import { toAddress } from '../domain/chain.js'
import type { Address, Hex } from '../domain/chain.js'
import type { Fees } from './fees.js'

export interface ToSign extends Fees {
  readonly chainId: number
  readonly nonce: number
  readonly to: Address
  readonly data: Hex
  readonly gasLimit: bigint
}

export interface Signed {
  readonly raw: Hex
  readonly hash: Hex
}

/** The operator's key. It signs and says its address; nothing prints, serialises or returns the key itself. */
export class OperatorKey {
  readonly address: Address
  readonly #wallet: Wallet

  /** Throws when `privateKey` is no key; the message never repeats it. */
  constructor(privateKey: string) {
    try {
      this.#wallet = new Wallet(privateKey)
    } catch {
      throw new RangeError('not a private key: 0x and 64 hex digits are needed')
    }
    this.address = toAddress(this.#wallet.address)
  }

  /** A key that owns nothing, for dry-run. */
  static throwAway(): OperatorKey {
    return new OperatorKey(Wallet.createRandom().privateKey)
  }

  /** A type-2 transaction with every field given: nothing is asked of any node. */
  async sign(fields: ToSign): Promise<Signed> {
    const raw = (await this.#wallet.signTransaction({ type: 2, value: 0n, ...fields })) as Hex
    return { raw, hash: keccak256(raw) as Hex }
  }

  toJSON(): string {
    return this.address
  }
}
