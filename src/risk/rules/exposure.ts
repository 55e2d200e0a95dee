import { refuse } from '../../domain/refusal.js'
import type { Address } from '../../domain/chain.js'
import type { Leg } from '../../domain/opportunity.js'
import { usdText } from '../usd.js'
import type { Rule } from './rule.js'

function movedUsd8(legs: readonly Leg[]): Map<Address, { symbol: string; usd8: bigint }> {
  const moved = new Map<Address, { symbol: string; usd8: bigint }>()
  for (const { plan, amounts } of legs) {
    for (const [token, amount, price] of [
      [plan.collateral, amounts.seize, plan.collateralPrice],
      [plan.debt, amounts.repay, plan.debtPrice],
    ] as const) {
      const unit = 10n ** BigInt(token.decimals)
      const usd8 = (amount * price + unit - 1n) / unit
      moved.set(token.address, { symbol: token.symbol, usd8: (moved.get(token.address)?.usd8 ?? 0n) + usd8 })
    }
  }
  return moved
}

/**
 * The transaction moves more of one token than MAX_EXPOSURE_USD, by the market's own prices (USD with 8 decimals). Tokens
 * through which a route only passes are not counted: everything ends in the same transaction or never was, so what can be
 * left over of them is the difference between quote and fill, and what passes through is worth no more than what is seized.
 */
export const exposure: Rule = ({ opportunity, limits }) => {
  for (const { symbol, usd8 } of movedUsd8(opportunity.legs).values()) {
    if (usd8 <= limits.maxExposureUsd8) continue
    const detail = `${usdText(usd8)} USD of ${symbol} in one transaction, the limit is ${usdText(limits.maxExposureUsd8)}`
    return refuse('exposure', detail, usd8.toString())
  }
  return null
}
