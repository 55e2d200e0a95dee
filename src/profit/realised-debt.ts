import type { Amounts, Plan } from '../domain/plan.js'

/** Debt that a liquidation ends, repaid (rounded down) and written off, USD with 8 decimals. */
export const realisedBase = (
  { debt, debtPrice }: Pick<Plan, 'debt' | 'debtPrice'>,
  { repay, deficitBase }: Amounts,
): bigint => (repay * debtPrice) / 10n ** BigInt(debt.decimals) + deficitBase
