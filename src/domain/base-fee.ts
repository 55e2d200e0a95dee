import { maxOf } from './maths.js'

/** EIP-1559: elasticity multiplier 2, base fee change denominator 8. */
const ELASTICITY = 2n
const CHANGE_DENOMINATOR = 8n

/** The three header figures from which the next base fee follows; wei per gas and gas. */
export interface FeeHeader {
  readonly baseFeePerGas: bigint
  readonly gasLimit: bigint
  readonly gasUsed: bigint
}

/** Base fee of the block after `head` in wei, exactly as EIP-1559 computes it. */
export function nextBaseFee(head: FeeHeader): bigint {
  const target = head.gasLimit / ELASTICITY
  if (target === 0n || head.gasUsed === target) return head.baseFeePerGas
  const gap = head.gasUsed > target ? head.gasUsed - target : target - head.gasUsed
  const step = (head.baseFeePerGas * gap) / target / CHANGE_DENOMINATOR
  if (head.gasUsed < target) return head.baseFeePerGas - step
  return head.baseFeePerGas + maxOf(step, 1n)
}

/**
 * Base fee to reckon with after `head`, wei. Where bundles go (Ethereum) the fee is exact. Rollups and side chains have
 * parameters of their own that change with forks (OP stack since Holocene, Arbitrum, Polygon): there it is the larger of
 * EIP-1559's figure and an eighth above the head's, the steepest rise among them, so that a cost is rather too high.
 */
export function dearestBaseFee(head: FeeHeader, submission: 'bundle' | 'privateRpc' | 'sequencer'): bigint {
  const exact = nextBaseFee(head)
  const steepest = head.baseFeePerGas + head.baseFeePerGas / CHANGE_DENOMINATOR
  return submission === 'bundle' ? exact : maxOf(exact, steepest)
}
