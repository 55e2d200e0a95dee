import { SigningKey, computeAddress, hashMessage, id as textHash } from 'ethers'

/** Bodies whose header is kept: those of one fan-out and some more. */
const MOST_KEPT = 16

/**
 * Signs request bodies as the Flashbots relays want it: EIP-191 over the hex text of the body's hash, by a lasting key
 * without funds. Relays that are sent the same bytes share one signature; another body is always signed anew.
 */
export class BodySigner {
  readonly address: string
  readonly #key: SigningKey
  readonly #headers = new Map<string, string>()

  /** Throws when `authKey` is no key; the message never repeats it. */
  constructor(authKey: string) {
    try {
      this.#key = new SigningKey(authKey)
    } catch {
      throw new RangeError('not a private key: 0x and 64 hex digits are needed')
    }
    this.address = computeAddress(this.#key.publicKey)
  }

  /** Value of `x-flashbots-signature` for exactly these bytes. */
  header(body: string): string {
    const known = this.#headers.get(body)
    if (known !== undefined) return known
    const header = `${this.address}:${this.#key.sign(hashMessage(textHash(body))).serialized}`
    if (this.#headers.size >= MOST_KEPT) this.#headers.clear()
    this.#headers.set(body, header)
    return header
  }

  toJSON(): string {
    return this.address
  }
}
