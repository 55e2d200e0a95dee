import { getBytes, keccak256, verifyMessage } from 'ethers'
import { toAddress, type Address } from '../../domain/chain.js'
import { Rejection } from './rejection.js'

const HEADER = /^(0x[0-9a-fA-F]{40}):(0x[0-9a-f]{130})$/

/**
 * The signer of a request, from `X-Flashbots-Signature: <address>:<signature>`: EIP-191 over the 66-character hex text of
 * keccak256 of the exact body bytes. Null where there is no header. Throws a `Rejection` for anything else; a signature
 * over the 32 raw bytes of the hash, a common mistake, has a name of its own.
 */
export function signerOf(header: string | undefined, body: Uint8Array): Address | null {
  if (header === undefined) return null
  const [, claimed, signature] = HEADER.exec(header) ?? []
  if (claimed === undefined || signature === undefined)
    throw new Rejection('signature-format', -32600, 'malformed X-Flashbots-Signature: <address>:<65 bytes> expected')
  const address = toAddress(claimed)
  const hash = keccak256(body)
  if (recovered(hash, signature) === address) return address
  if (recovered(getBytes(hash), signature) === address)
    throw new Rejection('signature-raw-digest', -32600, 'the signature must cover the hex text of the hash')
  throw new Rejection('signature-mismatch', -32600, 'the signature does not match the address and the body')
}

function recovered(message: string | Uint8Array, signature: string): Address | null {
  try {
    return toAddress(verifyMessage(message, signature))
  } catch (error) {
    // not a point on the curve: nobody's signature
    if (error instanceof Error) return null
    throw error
  }
}
