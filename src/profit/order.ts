import { createHash } from 'node:crypto'
import type { Address } from '../domain/chain.js'
import type { Leg, Opportunity } from '../domain/opportunity.js'
import type { Refusal } from '../domain/refusal.js'
import { maxOf, minOf } from '../domain/maths.js'
import type { Order, Step } from '../domain/steps.js'
import { overheadOf, stepsOf } from './attempts.js'
import { bidFor, type Bid } from './bid.js'
import type { ProfitContext } from './context.js'
import { NO_DATA_FEE, type DataCharge } from './data-fee/data-fee.js'
import { looksFirst } from './gas-model.js'
import { realisedBase } from './realised-debt.js'
import type { QuotedLeg } from './trial.js'
import type { Valuation } from './valuation.js'

/**
 * Of the least profit, what an order insists on where others bid too: their sales come before it in the same block, and what
 * pays a little less than was quoted still pays. It never costs anything: what the operator pays outside comes on top.
 */
const CONTESTED_PART = 100n

/** Of the quoted gain, what an order at a loss insists on: what is missing of it the budget of the day would not know of. */
const AT_LOSS_PART = { of: 9n, in: 10n }

/** What of a gain is sure where an order at a loss lands: it reverts below. Rounded down. */
export const sureAtLoss = (gross: bigint): bigint => (gross * AT_LOSS_PART.of) / AT_LOSS_PART.in

/** One transaction out of legs that were quoted one behind the other; refuses as `bidFor` does. */
export function opportunityOf(legs: readonly QuotedLeg[], context: ProfitContext): Opportunity | Refusal {
  const [first] = legs
  if (first === undefined) throw new RangeError('an opportunity has at least one leg')
  const grossWei = legs.reduce((sum, leg) => sum + leg.grossWei, 0n)
  const parts = legs.flatMap((leg) => leg.parts)
  return priced(
    { id: idOf(parts, context), legs: parts, profitToken: first.profitToken, grossWei },
    estimatedGas(legs, context),
    context,
  )
}

/**
 * The same transaction with the gas that a simulation of these liquidations has measured: cost, bid and the minimum on
 * chain follow it. A figure below nine tenths of the model's is not believed: a relay may have simulated, and a cost that is
 * too low would be lost. Refuses as `bidFor` does when it no longer pays.
 */
export const reprice = (opportunity: Opportunity, gas: bigint, context: ProfitContext): Opportunity | Refusal =>
  priced(opportunity, maxOf(gas, (opportunity.gas * 9n + 9n) / 10n), context)

type Unpriced = Pick<Opportunity, 'id' | 'legs' | 'profitToken' | 'grossWei'>

/** Twice: the charge for the data is known exactly when there is an order, and the order's minimum must cover it. */
function priced(unpriced: Unpriced, gas: bigint, context: ProfitContext): Opportunity | Refusal {
  const first = pricedWith(unpriced, gas, context, context.data.estimate(gas, unpriced.legs.length))
  if (!('order' in first) || context.data === NO_DATA_FEE) return first
  return pricedWith(unpriced, gas, context, context.data.of(gas, first.order))
}

function pricedWith(
  { id, legs, profitToken, grossWei }: Unpriced,
  gas: bigint,
  context: ProfitContext,
  data: DataCharge,
): Opportunity | Refusal {
  const { valuation } = context.desk(legs[0]?.market ?? '')
  const minProfitWei = valuation.weiOfUsd8(context.settings.minProfitUsd8)
  const inNative = profitToken === context.chain.wrappedNative
  const bid = bidFor(grossWei, gas, minProfitWei, inNative, context, data.wei)
  if (!('netWei' in bid)) return bid
  const gross = legs.reduce((sum, leg) => sum + leg.gross, 0n)
  const figures = { id, chainId: context.chain.id, legs, profitToken, grossWei, gas }
  if (context.settings.atLoss === true)
    return {
      ...{ ...figures, ...dataOf(data), ...expectedOf(bid, valuation), legs: legs.map(realising), atLoss: true },
      order: orderOf(legs, profitToken, bid, maxOf(1n, sureAtLoss(gross)), context),
    }
  // what the operator pays elsewhere must come back too: gas, and a bid that goes by the priority fee
  const outside = bid.gasCostWei + (context.chain.bid === 'coinbase' ? 0n : bid.bidWei)
  const contested = context.settings.contest !== null
  const onChain = outside + (contested ? minProfitWei / CONTESTED_PART : minProfitWei)
  const least = minOf(valuation.units(profitToken, onChain) ?? gross, gross)
  return {
    ...{ ...figures, ...dataOf(data) },
    ...(contested ? { leastWei: outside + minProfitWei } : {}),
    ...expectedOf(bid, valuation),
    order: orderOf(legs, profitToken, bid, maxOf(1n, least), context),
  }
}

/** The leg with the debt that it ends: what is repaid and what is written off. */
const realising = (leg: Leg): Leg => ({ ...leg, realisesBase: realisedBase(leg.plan, leg.amounts) })

const dataOf = ({ gas, wei }: DataCharge): Pick<Opportunity, 'dataGas' | 'dataWei'> => ({
  ...(gas === 0n ? {} : { dataGas: gas }),
  ...(wei === 0n ? {} : { dataWei: wei }),
})

const expectedOf = (
  { gasCostWei, bidWei, netWei }: Bid,
  valuation: Valuation,
): Pick<Opportunity, 'gasCostWei' | 'bidWei' | 'netWei' | 'netUsd8'> => ({
  ...{ gasCostWei, bidWei, netWei, netUsd8: signedUsd8(valuation, netWei) },
})

/** USD with 8 decimals, rounded down: of a loss away from zero. */
export const signedUsd8 = (valuation: Pick<Valuation, 'usd8'>, wei: bigint): bigint =>
  wei < 0n ? -valuation.usd8(-wei) - 1n : valuation.usd8(wei)

/** The model's gas of a transaction with these legs, as if none of them failed. */
export function estimatedGas(legs: readonly QuotedLeg[], context: Pick<ProfitContext, 'gas'>): bigint {
  const parts = legs.flatMap((leg) => leg.parts)
  return legs.reduce((sum, leg) => sum + leg.gas, context.gas.transaction + overheadOf(parts, context))
}

function orderOf(
  legs: readonly Leg[],
  profitToken: Address,
  bid: Bid,
  minProfit: bigint,
  context: ProfitContext,
): Order {
  const steps = stepsOf(legs, context)
  const ends = legs.flatMap((leg) => [leg.plan.collateral.address, leg.plan.debt.address])
  const [one, ...others] = legs
  // only where it settles the whole order: a position among several may be healthy while the others still pay
  const isOne = others.every((leg) => leg.market === one?.market && leg.position === one.position)
  const single = isOne && looksFirst(context.chain.submission) ? one : undefined
  return {
    deadlineBlock: context.deadlineBlock,
    deadlineTime: context.deadlineTime,
    profitToken,
    minProfit,
    bidBps: bid.bidBps,
    minBidWei: bid.minBidWei,
    tokens: [...new Set([profitToken, ...ends, ...steps.flatMap(tokensOf)])].sort(),
    check: single ? context.desk(single.market).check(single.position) : null,
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
    case 'attempt':
      return step.body.flatMap(tokensOf)
    case 'expect':
      return []
  }
}

function idOf(legs: readonly Leg[], { chain, deadlineBlock }: ProfitContext): string {
  const text = legs.map(
    (leg) => `${leg.market}/${leg.position}/${leg.plan.collateral.address}/${leg.plan.debt.address}`,
  )
  return createHash('sha256')
    .update([chain.id, deadlineBlock, ...text].join(' '))
    .digest('hex')
    .slice(0, 24)
}
