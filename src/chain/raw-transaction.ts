import { Signature, Transaction, accessListify, type AccessListish } from 'ethers'
import { toAddress, type Address, type Hex } from '../domain/chain.js'

/** A signed transaction with its bytes, as somebody else's bundle needs them. */
export interface RawTransaction {
  readonly hash: Hex
  readonly raw: Hex
  readonly from: Address
  readonly to: Address
  readonly data: Hex
}

type Fields = Readonly<Record<string, unknown>>
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/**
 * The signed bytes of a transaction from its body (`eth_getTransactionByHash`, full pending subscriptions), types 0, 1 and 2
 * of this chain; null for any other (a blob transaction's sidecar is not in its body), for contract creations, and where the
 * hash of the bytes is not the body's. `from` is what the node says; whoever needs it proven must recover it.
 */
export function rawTransactionOf(body: Fields, chainId: number): RawTransaction | null {
  const { hash, from, to } = body
  if (typeof hash !== 'string' || typeof from !== 'string' || typeof to !== 'string') return null
  try {
    const transaction = Transaction.from(likeOf(body, chainId))
    if (transaction.hash !== hash.toLowerCase()) return null
    const data = transaction.data as Hex
    return {
      hash: transaction.hash as Hex,
      raw: transaction.serialized as Hex,
      from: toAddress(from),
      to: toAddress(to),
      data,
    }
  } catch {
    // fields that no transaction has: whatever it is, it cannot be in a bundle
    return null
  }
}

function likeOf(body: Fields, chainId: number): Parameters<typeof Transaction.from>[0] {
  const type = Number(text(body['type']) || '0x0')
  if (type > 2) throw new RangeError(`type ${type}`)
  const fees =
    type === 2
      ? { maxFeePerGas: text(body['maxFeePerGas']), maxPriorityFeePerGas: text(body['maxPriorityFeePerGas']) }
      : { gasPrice: text(body['gasPrice']) }
  const v = text(body['yParity']) || text(body['v'])
  const signature = Signature.from({
    r: word(body['r']),
    s: word(body['s']),
    // a legacy v holds the chain id as well
    ...(type === 0 ? { v: BigInt(text(body['v'])) } : { yParity: Number(v) === 0 ? 0 : 1 }),
  })
  const isOld = type === 0 && signature.networkV === null
  return {
    ...{ type, to: text(body['to']), nonce: Number(text(body['nonce'])), gasLimit: text(body['gas']) },
    ...{ value: text(body['value']), data: text(body['input']) || text(body['data']), ...fees, signature },
    ...(isOld ? {} : { chainId: BigInt(chainId) }),
    ...(type === 0 ? {} : { accessList: accessListify((body['accessList'] ?? []) as AccessListish) }),
  }
}

/** Nodes leave leading zeros of a signature out. */
const word = (value: unknown): string => `0x${text(value).slice(2).padStart(64, '0')}`
