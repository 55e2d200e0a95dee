import type { Amounts, Plan } from '../domain/plan.js'

type Priced = Pick<Plan, 'collateral' | 'debt' | 'collateralPrice' | 'debtPrice'>

/**
 * What the way out loses against the oracle, basis points of the seized value, rounded up: at oracle prices the seized
 * collateral less the repaid debt would be the gain. Swap fees, price impact and flash premium all count; negative when the
 * pools pay better than the oracle. `gainBase` null (a profit token without a price) counts as a full loss.
 */
export function exitShortfallBps(
  { collateral, debt, collateralPrice, debtPrice }: Priced,
  { repay, seize }: Amounts,
  gainBase: bigint | null,
): number {
  const seized = (seize * collateralPrice) / 10n ** BigInt(collateral.decimals)
  const repaid = (repay * debtPrice) / 10n ** BigInt(debt.decimals)
  if (seized <= 0n || gainBase === null) return 10_000
  const lost = seized - repaid - gainBase
  const bps = (lost * 10_000n) / seized
  return Number(lost > 0n && bps * seized !== lost * 10_000n ? bps + 1n : bps)
}
