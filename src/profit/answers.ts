import { toAddress, type Address, type CallResult } from '../domain/chain.js'

const NOBODY = toAddress(`0x${'0'.repeat(40)}`)

/** The words of an answer of exactly `count` words; null for a failed call or another length. */
export function wordsIn(answer: CallResult | undefined, count: number): readonly bigint[] | null {
  if (!answer?.ok || answer.data.length !== 2 + 64 * count) return null
  return Array.from({ length: count }, (_, i) => BigInt(`0x${answer.data.slice(2 + 64 * i, 66 + 64 * i)}`))
}

/** The address in a one-word answer; null for none. */
export function addressIn(answer: CallResult | undefined): Address | null {
  const word = wordsIn(answer, 1)?.[0]
  if (word === undefined || word >= 1n << 160n) return null
  const address = toAddress(`0x${word.toString(16).padStart(40, '0')}`)
  return address === NOBODY ? null : address
}
