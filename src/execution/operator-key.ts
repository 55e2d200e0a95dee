import { SigningKey, Wallet, computeAddress, keccak256 } from 'ethers'
import { toAddress } from '../domain/chain.js'
import type { Address, Hex } from '../domain/chain.js'
import type { Fees } from './fees.js'
import { encodeRlp, type RlpItem } from './rlp.js'

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
  readonly #key: SigningKey

  /** Throws when `privateKey` is no key; the message never repeats it. */
  constructor(privateKey: string) {
    try {
      this.#key = new SigningKey(privateKey)
    } catch {
      throw new RangeError('not a private key: 0x and 64 hex digits are needed')
    }
    this.address = toAddress(computeAddress(this.#key.publicKey))
  }

  /** A key that owns nothing, for dry-run. */
  static throwAway(): OperatorKey {
    return new OperatorKey(Wallet.createRandom().privateKey)
  }

  /**
   * A type-2 transaction (EIP-1559) with every field given: nothing is asked of any node. Encoded here and not by the
   * library, which takes twice the time of everything else between a price and its bundle; a test compares the two.
   */
  sign(transaction: ToSign): Signed {
    const fields = fieldsOf(transaction)
    const { yParity, r, s } = this.#key.sign(keccak256(typed(fields)))
    const raw = typed([...fields, BigInt(yParity), BigInt(r), BigInt(s)])
    return { raw: `0x${raw.toString('hex')}`, hash: keccak256(raw) as Hex }
  }

  toJSON(): string {
    return this.address
  }
}

/** The same transaction without a signature, for dry-run: no node takes it. */
export function unsigned(transaction: ToSign): Signed {
  const raw = typed(fieldsOf(transaction))
  return { raw: `0x${raw.toString('hex')}`, hash: keccak256(raw) as Hex }
}

function fieldsOf({ chainId, nonce, to, data, gasLimit, maxFeePerGas, maxPriorityFeePerGas }: ToSign): RlpItem[] {
  const numbers = [BigInt(chainId), BigInt(nonce), maxPriorityFeePerGas, maxFeePerGas, gasLimit]
  return [...numbers, bytesOf(to), 0n, bytesOf(data), []]
}

const TYPE_2 = Buffer.from([2])
const typed = (fields: readonly RlpItem[]): Buffer => Buffer.concat([TYPE_2, encodeRlp(fields)])
const bytesOf = (hex: Hex): Buffer => Buffer.from(hex.slice(2), 'hex')
