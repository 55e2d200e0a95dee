import type { Plan } from '../domain/plan.js'
import { plansOf } from './batch.js'
import { bidFor, worthOf, type Bid } from './bid.js'
import type { ProfitContext } from './context.js'
import { estimatedGas } from './order.js'
import type { QuotedLeg } from './trial.js'

/** The legal plans of the position behind the last call of `leg`. */
export function plansBehind({ amounts }: QuotedLeg): readonly Plan[] {
  const last = amounts.calls.at(-1)
  return plansOf(last?.plan.after?.(last.amounts.repay) ?? null)
}

/** Net of all in one transaction; below everything where it is refused, or they gain different tokens. */
export function netTogether(legs: readonly QuotedLeg[], context: ProfitContext): bigint {
  return bidTogether(legs, context)?.bid.netWei ?? NOTHING
}

/** By what all in one transaction are compared with others (see `worthOf`); below everything as `netTogether`. */
export function worthTogether(legs: readonly QuotedLeg[], context: ProfitContext): bigint {
  const together = bidTogether(legs, context)
  return together === null ? NOTHING : worthOf(together.bid, together.gas, context)
}

function bidTogether(
  legs: readonly QuotedLeg[],
  context: ProfitContext,
): { readonly bid: Bid; readonly gas: bigint } | null {
  const [first] = legs
  if (first === undefined || legs.some(({ profitToken }) => profitToken !== first.profitToken)) return null
  const grossWei = legs.reduce((sum, leg) => sum + leg.grossWei, 0n)
  const least = context.desk(first.batch.market).valuation.weiOfUsd8(context.settings.minProfitUsd8)
  const inNative = first.profitToken === context.chain.wrappedNative
  const gas = estimatedGas(legs, context)
  const bid = bidFor(grossWei, gas, least, inNative, context)
  return 'netWei' in bid ? { bid, gas } : null
}

const NOTHING = -1n
