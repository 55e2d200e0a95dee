import type { CallRequest, CallResult, Hex } from '../domain/chain.js'
import { BadAnswerError } from './rpc-error.js'

/**
 * `aggregate3((address target, bool allowFailure, bytes callData)[]) returns ((bool success, bytes returnData)[])` of
 * Multicall3, encoded and decoded by hand: a snapshot of a large market makes a million of these calls.
 */
const SELECTOR = '82ad56cb'

const word = (value: number): string => value.toString(16).padStart(64, '0')
const words = (hexDigits: number): number => Math.ceil(hexDigits / 64)

export function encodeAggregate(requests: readonly CallRequest[]): Hex {
  const heads: string[] = []
  const tails: string[] = []
  let offset = requests.length * 32
  for (const { to, data } of requests) {
    const digits = data.slice(2)
    heads.push(word(offset))
    const padded = digits.padEnd(words(digits.length) * 64, '0')
    tails.push(to.slice(2).padStart(64, '0'), word(1), word(96), word(digits.length / 2), padded)
    offset += 32 * 4 + padded.length / 2
  }
  return `0x${SELECTOR}${word(32)}${word(requests.length)}${heads.join('')}${tails.join('')}`
}

/** Bytes of calldata that one request adds. */
export const encodedSize = (request: CallRequest): number => 32 * 5 + 32 * words(request.data.length - 2)

/** Throws `BadAnswerError` unless `answer` holds exactly `expected` results. */
export function decodeAggregate(answer: Hex, expected: number): CallResult[] {
  const digits = answer.slice(2)
  /** The word at byte `at`, as a number that may serve as offset or length. */
  const number = (at: number): number => {
    const text = digits.slice(at * 2, at * 2 + 64)
    const value = text.length === 64 ? Number.parseInt(text, 16) : Number.NaN
    if (!(value <= digits.length / 2)) throw new BadAnswerError('a multicall answer points outside itself')
    return value
  }
  const list = number(0)
  if (number(list) !== expected) throw new BadAnswerError('a multicall answered another number of calls')
  const base = list + 32
  return Array.from({ length: expected }, (_, i) => {
    const item = base + number(base + i * 32)
    const data = item + number(item + 32)
    const length = number(data)
    const from = (data + 32) * 2
    if (from + length * 2 > digits.length) throw new BadAnswerError('a multicall answer is cut short')
    return { ok: number(item) === 1, data: `0x${digits.slice(from, from + length * 2)}` }
  })
}
