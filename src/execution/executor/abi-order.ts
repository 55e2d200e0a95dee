import type { Address, Hex } from '../../domain/chain.js'
import type { HealthCheck, Order } from '../../domain/steps.js'
import { executorInterface } from './interface.js'
import { addressBytes, badOrder, join, uint } from './pack.js'

const NO_CHECK: HealthCheck = { target: `0x${'0'.repeat(40)}`, data: '0x', word: 0, atLeast: 0n }
/** Words of the order's head, and of the check's. */
const HEAD = 9
const CHECK_HEAD = 4
const WORD = 32

const EXECUTE = (executorInterface.getFunction('execute')?.selector ?? '') as Hex

/**
 * Calldata of `execute(order)` with these packed steps: what the ABI coder makes of the struct, byte for byte, without its
 * search through types (Solidity's "Contract ABI Specification": a tuple's head holds its words and, for what has no fixed
 * length, the offset of its tail). Throws `KeeperError('bad-order')` for a figure that is no uint256.
 */
export function abiOrder(order: Order, steps: Hex): Hex {
  const check = order.check ?? NO_CHECK
  const tokens = [word(order.tokens.length), ...order.tokens.map(addressWord)]
  const look = [
    ...[addressWord(check.target), word(CHECK_HEAD * WORD), word(check.word), word(check.atLeast)],
    ...bytesWords(check.data),
  ]
  const packed = bytesWords(steps)
  const [toTokens, toCheck] = [HEAD * WORD, HEAD * WORD + sizeOf(tokens)]
  return join([
    ...[EXECUTE, word(WORD)],
    ...[word(order.deadlineBlock), word(order.deadlineTime), addressWord(order.profitToken)],
    ...[word(order.minProfit), word(order.bidBps), word(order.minBidWei)],
    ...[word(toTokens), word(toCheck), word(toCheck + sizeOf(look))],
    ...tokens,
    ...look,
    ...packed,
  ])
}

const word = (value: bigint | number): Hex => uint(value, WORD)
const addressWord = (address: Address): Hex => `0x${'0'.repeat(24)}${addressBytes(address).slice(2)}`
const sizeOf = (parts: readonly Hex[]): number => parts.reduce((sum, part) => sum + (part.length - 2) / 2, 0)

/** Length, then the bytes filled up to whole words. */
function bytesWords(data: Hex): readonly Hex[] {
  const digits = data.length - 2
  if (digits % 2 !== 0) throw badOrder('data with half a byte')
  const missing = (2 * WORD - (digits % (2 * WORD))) % (2 * WORD)
  return [word(digits / 2), data, `0x${'0'.repeat(missing)}`]
}
