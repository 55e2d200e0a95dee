import { concat, toBeHex } from 'ethers'
import type { Address, Hex } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'

/** Big-endian values without padding, as `contracts/Packed.sol` reads them. */
export const MAX_UINT128 = 2n ** 128n - 1n

export const uint = (value: bigint | number, bytes: number): Hex => toBeHex(value, bytes) as Hex
export const join = (parts: readonly Hex[]): Hex => concat(parts) as Hex
export const badOrder = (detail: string): KeeperError =>
  new KeeperError('bad-order', `order cannot be executed: ${detail}`)

/** Sixteen bytes. Throws `KeeperError('bad-order')` for zero and for what does not fit. */
export function uint128(value: bigint, what: string): Hex {
  if (value <= 0n || value > MAX_UINT128) throw badOrder(`${what} must be above zero and below 2^128, not ${value}`)
  return uint(value, 16)
}

/** A value of at most three bytes. */
export function uint24(value: number, what: string): Hex {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 24) throw badOrder(`${what} of ${value} does not fit`)
  return uint(value, 3)
}

/** A value of one byte. */
export function uint8(value: number, what: string): Hex {
  if (!Number.isInteger(value) || value < 0 || value > 255) throw badOrder(`${what} of ${value} does not fit`)
  return uint(value, 1)
}

/** The bytes behind their length in three bytes. */
export function sized(data: Hex): Hex {
  const length = (data.length - 2) / 2
  return join([uint24(length, 'a step'), data])
}

export function requireListed(listed: ReadonlySet<Address>, token: Address): void {
  if (!listed.has(token)) throw badOrder(`token ${token} is moved but not in tokens`)
}
