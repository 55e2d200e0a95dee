import type { Address, Hex } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'

/** Big-endian values without padding, as `contracts/Packed.sol` reads them. Plain text work: it stands on the hot path. */
export const MAX_UINT128 = 2n ** 128n - 1n

export const badOrder = (detail: string): KeeperError =>
  new KeeperError('bad-order', `order cannot be executed: ${detail}`)

/** So many bytes. Throws `KeeperError('bad-order')` for what does not fit, is negative or no whole number. */
export function uint(value: bigint | number, bytes: number): Hex {
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value)
  const digits = whole && value >= 0 ? value.toString(16) : ''
  if (digits === '' || digits.length > 2 * bytes) throw badOrder(`${value} does not fit into ${bytes} bytes`)
  return `0x${digits.padStart(2 * bytes, '0')}`
}

/** The parts behind each other. Throws `KeeperError('bad-order')` where one is no hexadecimal text. */
export function join(parts: readonly Hex[]): Hex {
  let digits = ''
  for (const part of parts) digits += part.slice(2)
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) throw badOrder('a part of it is not in bytes')
  return `0x${digits.toLowerCase()}`
}

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

/** Twenty bytes: a shorter one would move all that stands behind it. */
export function addressBytes(address: Address): Hex {
  if (address.length !== 42) throw badOrder(`${address} is no address`)
  return address
}

/** The bytes behind their length in three bytes. */
export function sized(data: Hex): Hex {
  const length = (data.length - 2) / 2
  return join([uint24(length, 'a step'), data])
}

export function requireListed(listed: ReadonlySet<Address>, token: Address): void {
  if (!listed.has(token)) throw badOrder(`token ${token} is moved but not in tokens`)
}
