import type { Amounts, Plan } from '../domain/plan.js'
import { plansOf, samePair, type Batch } from './batch.js'
import { bisect, isAmounts } from './legal-sizes.js'

/**
 * Sizes of the first liquidation that are looked at, in 32nds of it, and to which part of it an edge between two of them is
 * found. The edge can lie low: a position just below a health factor of 0.95 leaves it with little.
 */
const SAMPLES = [1n, 2n, 4n, 8n, 12n, 16n, 20n, 24n, 28n, 32n]
const WHOLE = 32n
const GRAINS = 1_024n

/**
 * How much of `plan` to take so that it and everything that is then legal on the pair of `next` are worth most by the
 * market's own prices; null where the two never go together. Rules make this a sum with edges: a first liquidation beyond
 * one of them raises the health factor over the threshold of the close factor, and the second may take only half. Pure.
 */
export function bestSplit(plan: Plan, next: Batch): bigint | null {
  const sizes = SAMPLES.map((part) => (plan.maxRepay * part) / WHOLE)
  let best = { at: -1, size: 0n, worth: 0n }
  for (const [at, size] of sizes.entries()) {
    const worth = together(plan, size, next)
    if (worth !== null && worth > best.worth) best = { at, size, worth }
  }
  if (best.worth === 0n) return null
  const beyond = sizes[best.at + 1]
  if (beyond === undefined) return best.size
  const grain = plan.maxRepay / GRAINS + 1n
  return bisect(best.size, beyond, (size) => (together(plan, size, next) ?? -1n) >= best.worth, grain)
}

/** What both liquidations bring at oracle prices, base currency; null where there is none of the second. */
function together(plan: Plan, size: bigint, next: Batch): bigint | null {
  const first = plan.at(size)
  const then = plansOf(plan.after?.(size) ?? null).find((other) => samePair(other, next))
  const second = then?.at(then.maxRepay)
  if (!isAmounts(first) || then === undefined || second === undefined || !isAmounts(second)) return null
  return incentive(plan, first) + incentive(then, second)
}

const incentive = ({ collateral, debt, collateralPrice, debtPrice }: Plan, { seize, repay }: Amounts): bigint =>
  (seize * collateralPrice) / 10n ** BigInt(collateral.decimals) - (repay * debtPrice) / 10n ** BigInt(debt.decimals)
