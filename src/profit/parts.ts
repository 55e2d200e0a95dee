import type { Leg } from '../domain/opportunity.js'
import type { BatchAmounts } from './batch.js'

/** Gain and gas of an exit belong to its liquidations by what each repays; rounding and steps to the first. */
export function partsOf(
  { calls, repay }: BatchAmounts,
  whole: Pick<Leg, 'steps' | 'route' | 'exitShortfallBps'>,
  gross: bigint,
  gas: bigint,
): Leg[] {
  const share = (of: bigint, i: number): bigint => (of * (calls[i]?.amounts.repay ?? 0n)) / repay
  const others = (of: bigint): bigint => calls.slice(1).reduce((sum, _, i) => sum + share(of, i + 1), 0n)
  return calls.map(({ plan, amounts }, i) => ({
    market: plan.market,
    position: plan.position,
    ...{ plan, amounts },
    ...whole,
    steps: i === 0 ? whole.steps : [],
    gross: i === 0 ? gross - others(gross) : share(gross, i),
    gas: i === 0 ? gas - others(gas) : share(gas, i),
  }))
}
