import { nextBaseFee } from '../domain/base-fee.js'
import type { Head } from '../domain/chain.js'
import { maxOf } from '../domain/maths.js'

/** Highest base fee that `blocks` further full blocks can bring: × 1.125 each, rounded up. */
export function worstBaseFee(baseFee: bigint, blocks: number): bigint {
  let fee = baseFee
  for (let i = 0; i < blocks; i++) fee = (fee * 9n + 7n) / 8n + 1n
  return fee
}

export interface Fees {
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
}

/**
 * Fees with which a transaction stays includable for `blocks` blocks after the next one, whatever they hold.
 * Wei per gas; the base fee actually charged is the block's, so a high ceiling costs nothing.
 */
export function feesFor(head: Head, tip: bigint, blocks: number): Fees {
  return { maxFeePerGas: worstBaseFee(nextBaseFee(head), blocks) + tip, maxPriorityFeePerGas: tip }
}

/** The same for an order: includable up to its last block. */
export const feesUntil = (head: Head, tip: bigint, deadlineBlock: number): Fees =>
  feesFor(head, tip, Math.max(0, deadlineBlock - head.number - 1))

/** What a node's pool wants before it replaces a transaction of the same nonce: both fees up by an eighth (geth: 10 %). */
export function atLeastReplacing(fees: Fees, previous: Fees | null): Fees {
  if (previous === null) return fees
  const up = (fee: bigint): bigint => (fee * 9n + 7n) / 8n + 1n
  return {
    maxFeePerGas: maxOf(fees.maxFeePerGas, up(previous.maxFeePerGas)),
    maxPriorityFeePerGas: maxOf(fees.maxPriorityFeePerGas, up(previous.maxPriorityFeePerGas)),
  }
}
