import { createHash } from 'node:crypto'
import type { Address } from '../domain/chain.js'
import type { Opportunity } from '../domain/opportunity.js'
import type { Refusal } from '../domain/refusal.js'
import { maxOf, minOf } from '../domain/maths.js'
import type { Order, Step } from '../domain/steps.js'
import { bidFor, type Bid } from './bid.js'
import type { ProfitContext } from './context.js'
import type { QuotedLeg } from './trial.js'

/**
 * One transaction out of legs that were quoted one behind the other; refuses as `bidFor` does. `gas` replaces the model's
 * estimate by a measured figure. The id is the same for the same positions and deadline.
 */
export function opportunityOf(legs: readonly QuotedLeg[], context: ProfitContext, gas?: bigint): Opportunity | Refusal {
  const [first] = legs
  if (first === undefined) throw new RangeError('an opportunity has at least one leg')
  const { valuation } = context.desk(first.market)
  const grossWei = legs.reduce((sum, leg) => sum + leg.grossWei, 0n)
  const gross = legs.reduce((sum, leg) => sum + leg.gross, 0n)
  const used = gas ?? estimatedGas(legs, context)
  const minProfitWei = valuation.weiOfUsd8(context.settings.minProfitUsd8)
  const inNative = first.profitToken === context.chain.wrappedNative
  const bid = bidFor(grossWei, used, minProfitWei, inNative, context)
  if (!('netWei' in bid)) return bid
  // what the operator pays elsewhere must come back too: gas, and a bid that goes by the priority fee
  const outside = bid.gasCostWei + (context.chain.bid === 'coinbase' ? 0n : bid.bidWei)
  const least = valuation.units(first.profitToken, minProfitWei + outside) ?? gross
  return {
    id: idOf(legs, context),
    chainId: context.chain.id,
    legs,
    profitToken: first.profitToken,
    grossWei,
    gas: used,
    gasCostWei: bid.gasCostWei,
    bidWei: bid.bidWei,
    netWei: bid.netWei,
    netUsd8: valuation.usd8(bid.netWei),
    order: orderOf(legs, first, bid, maxOf(1n, minOf(least, gross)), context),
  }
}

/** The model's gas of a transaction with these legs. */
export const estimatedGas = (legs: readonly QuotedLeg[], { gas }: ProfitContext): bigint =>
  legs.reduce((sum, leg) => sum + leg.gas, gas.transaction)

function orderOf(
  legs: readonly QuotedLeg[],
  first: QuotedLeg,
  bid: Bid,
  minProfit: bigint,
  context: ProfitContext,
): Order {
  const steps = legs.flatMap((leg) => leg.steps)
  const ends = legs.flatMap((leg) => [leg.plan.collateral.address, leg.plan.debt.address, leg.profitToken])
  return {
    deadlineBlock: context.deadlineBlock,
    profitToken: first.profitToken,
    minProfit,
    bidBps: bid.bidBps,
    minBidWei: bid.minBidWei,
    tokens: [...new Set([...ends, ...steps.flatMap(tokensOf)])].sort(),
    check: legs.length === 1 ? context.desk(first.market).check(first.position) : null,
    steps,
  }
}

function tokensOf(step: Step): readonly Address[] {
  switch (step.kind) {
    case 'call':
      return step.approve ? [step.approve.token] : []
    case 'swap':
      return [step.tokenIn, step.tokenOut]
    case 'flashSwap':
      return [step.tokenIn, step.tokenOut, ...step.body.flatMap(tokensOf)]
    case 'flashLoan':
      return [step.token, ...step.body.flatMap(tokensOf)]
  }
}

function idOf(legs: readonly QuotedLeg[], { chain, deadlineBlock }: ProfitContext): string {
  const text = legs.map(
    (leg) => `${leg.market}/${leg.position}/${leg.plan.collateral.address}/${leg.plan.debt.address}`,
  )
  return createHash('sha256')
    .update([chain.id, deadlineBlock, ...text].join(' '))
    .digest('hex')
    .slice(0, 24)
}
