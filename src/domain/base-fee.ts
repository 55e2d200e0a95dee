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
  return head.baseFeePerGas + (step > 1n ? step : 1n)
}
