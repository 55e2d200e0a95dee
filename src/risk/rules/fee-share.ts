import { PERCENTAGE_FACTOR } from '../../domain/maths.js'
import { refuse } from '../../domain/refusal.js'
import type { Rule } from './rule.js'

/** Whether gas and bid of `feeWei` leave of a gain what MAX_FEE_SHARE_BPS asks for. */
export const isWorthItsFees = (
  grossWei: bigint,
  feeWei: bigint,
  { maxFeeShareBps }: { readonly maxFeeShareBps: number },
): boolean => grossWei > 0n && feeWei * PERCENTAGE_FACTOR <= grossWei * BigInt(maxFeeShareBps)

/**
 * Gas and bid would take more than MAX_FEE_SHARE_BPS of the expected gain. In backstop mode what is at a loss by intent passes:
 * its budget was asked before. In profit mode this keeps everything that would lose from being signed.
 */
export const feeShare: Rule = ({ opportunity, limits }) => {
  const { grossWei, gasCostWei, bidWei, atLoss } = opportunity
  if (atLoss === true && limits.mayLose === true) return null
  const fees = gasCostWei + bidWei
  if (isWorthItsFees(grossWei, fees, limits)) return null
  const share = grossWei > 0n ? `${(fees * PERCENTAGE_FACTOR) / grossWei} bps of` : 'all of'
  const detail = `gas and bid take ${share} the gain of ${grossWei} wei, the limit is ${limits.maxFeeShareBps} bps`
  return refuse('fee-share', detail, fees.toString())
}
