import { type Address, type Hex, toAddress } from './chain.js'

/** Word `index` of ABI-encoded data as an unsigned integer; throws `RangeError` when the data is shorter. */
export function wordAt(data: Hex, index: number): bigint {
  const start = 2 + 64 * index
  if (data.length < start + 64)
    throw new RangeError(`answer has no word ${String(index)}: ${String(data.length)} characters`)
  // most words are small numbers: their zeros cost more to parse than to look at
  let first = start
  const end = start + 64
  while (first < end - 16 && data.startsWith(ZEROS, first)) first += 16
  return BigInt(`0x${data.slice(first, end)}`)
}

const ZEROS = '0'.repeat(16)

/** Word `index` as an address (its low 20 bytes). */
export function addressAt(data: Hex, index: number): Address {
  const end = 2 + 64 * (index + 1)
  if (data.length < end) throw new RangeError(`answer has no word ${String(index)}: ${String(data.length)} characters`)
  return toAddress(`0x${data.slice(end - 40, end)}`)
}

export const booleanAt = (data: Hex, index: number): boolean => wordAt(data, index) !== 0n

/** The address in an indexed topic, lower-case as topics are; throws `RangeError` when the topic is absent. */
export function topicAddress(topics: readonly Hex[], index: number): Address {
  const topic = topics[index]
  if (topic?.length !== 66) throw new RangeError(`a log has no topic ${String(index)}`)
  return `0x${topic.slice(26)}`
}

/** An address or integer as one ABI word, without 0x. */
export const wordOf = (value: Hex | bigint | number): string =>
  (typeof value === 'string' ? value.slice(2) : value.toString(16)).padStart(64, '0')

/** A string answer; old tokens answer bytes32. Control characters are dropped: symbols are shown to people. */
export function textOf(data: Hex): string {
  const bytes = Buffer.from(data.slice(2), 'hex')
  const dynamic = bytes.length >= 64 && wordAt(data, 0) === 32n
  const raw = dynamic ? bytes.subarray(64, 64 + Math.min(64, Number(wordAt(data, 1)))) : bytes.subarray(0, 32)
  return raw
    .toString('utf8')
    .replace(/[^\x20-\x7e]/g, '')
    .slice(0, 32)
}
