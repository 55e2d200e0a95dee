import type { Head } from '../../../domain/chain.js'
import { divCeil, maxOf } from '../../../domain/maths.js'
import type { Opportunity } from '../../../domain/opportunity.js'
import { feesUntil } from '../../../execution/fees.js'
import type { AttemptRecord } from '../../../execution/records.js'
import { runGasLimit } from '../../../execution/terms.js'

/** What a run was expected to come to: its rate is that of dollars and wei when it was signed. */
type Signed = Pick<Opportunity, 'netWei' | 'netUsd8'>

/** USD with 8 decimals, rounded up; a run that comes out even tells no rate. */
function usd8Of(wei: bigint, { netWei, netUsd8 }: Signed): bigint {
  const [size, usd8] = netWei < 0n ? [-netWei, -netUsd8] : [netWei, netUsd8]
  return size === 0n ? 0n : divCeil(wei * usd8, size)
}

/**
 * The most that a run which brings nothing may cost wherever it lands up to its deadline, USD with 8 decimals, rounded up: all gas
 * of its limit at the highest base fee, with the fee for its data. Less was expected; what it takes is the contracts' affair.
 */
export function mostUsd8(run: Opportunity, head: Head): bigint {
  const { gas, bidWei, dataWei = 0n, order } = run
  const { maxFeePerGas } = feesUntil(head, bidWei / gas, order.deadlineBlock)
  return usd8Of(runGasLimit(gas) * maxFeePerGas + dataWei, run)
}

/**
 * The same of the attempts of one intent, of which one lands at most. The fee for data is in what was reckoned for gas, which is
 * added as a whole: rather too much.
 */
export const mostOfAttempts = (attempts: readonly AttemptRecord[]): bigint =>
  attempts.reduce(
    (most, { gasLimit, maxFeePerGas, opportunity }) =>
      maxOf(most, usd8Of(gasLimit * maxFeePerGas + opportunity.gasCostWei, opportunity)),
    0n,
  )
