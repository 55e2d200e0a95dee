import type { Head, Hex } from '../domain/chain.js'
import { BadAnswerError } from './rpc-error.js'

/** Parsers of what nodes answer. Everything is checked; `BadAnswerError` says what is wrong. */

type Fields = Readonly<Record<string, unknown>>

export function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadAnswerError(`${what} is no object`)
  return value as Fields
}

export function bytes(value: unknown, what: string, length?: number): Hex {
  const right = typeof value === 'string' && /^0x(?:[0-9a-fA-F]{2})*$/.test(value)
  if (!right || (length !== undefined && value.length !== 2 + 2 * length))
    throw new BadAnswerError(`${what} is not ${length === undefined ? 'bytes' : `${length} bytes`}`)
  return value.toLowerCase() as Hex
}

export function quantity(value: unknown, what: string): bigint {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(value))
    throw new BadAnswerError(`${what} is no quantity`)
  return BigInt(value)
}

/** A quantity that must be a safe integer. */
export function count(value: unknown, what: string): number {
  const number = Number(quantity(value, what))
  if (!Number.isSafeInteger(number)) throw new BadAnswerError(`${what} is out of range`)
  return number
}

export const hex = (value: number | bigint): Hex => `0x${value.toString(16)}`

/** A block header as `eth_getBlockBy…` and `newHeads` give it. Chains without EIP-1559 have a base fee of zero here. */
export function parseHead(value: unknown): Head {
  const block = fields(value, 'block')
  return {
    number: count(block['number'], 'block number'),
    hash: bytes(block['hash'], 'block hash', 32),
    parentHash: bytes(block['parentHash'], 'parent hash', 32),
    timestamp: quantity(block['timestamp'], 'block timestamp'),
    baseFeePerGas: block['baseFeePerGas'] === undefined ? 0n : quantity(block['baseFeePerGas'], 'base fee'),
    gasLimit: quantity(block['gasLimit'], 'gas limit'),
    gasUsed: quantity(block['gasUsed'], 'gas used'),
    ...(block['logsBloom'] == null ? {} : { logsBloom: bytes(block['logsBloom'], 'logs bloom', 256) }),
  }
}

/** Like `parseHead`; null when the node does not have the block. */
export const parseHeadOrNull = (value: unknown): Head | null => (value === null ? null : parseHead(value))
