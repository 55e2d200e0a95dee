import { createHash } from 'node:crypto'
import type { CallRequest } from '../domain/chain.js'
import type { PositionId, Token } from '../domain/market.js'
import type { Leg, Opportunity } from '../domain/opportunity.js'
import type { Refusal } from '../domain/refusal.js'
import type { Amounts } from '../domain/plan.js'
import { bidFor } from './bid.js'
import type { ProfitContext } from './context.js'
import { signedUsd8 } from './order.js'

/** Positions of one market that one call ends at the protocol's expense. */
export interface TakeoverCall {
  readonly market: string
  /** With the debt that ends, USD with 8 decimals. */
  readonly positions: readonly { readonly position: PositionId; readonly debtBase: bigint }[]
  readonly debt: Token
  readonly call: CallRequest
  /** Of the whole transaction, as the chain estimates it. */
  readonly gas: bigint
}

/**
 * The operator's own call in place of an order of the executor, which refuses whatever gains nothing: this moves no token of
 * ours, so there is nothing to guard but gas. `context` is one `atLoss`. What the deadlines say only relays and base fee
 * enforce. Refuses as `bidFor` does. Pure.
 */
export function takeoverOf(
  { market, positions, debt, call, gas }: TakeoverCall,
  context: ProfitContext,
): Opportunity | Refusal {
  const { chain, data, deadlineBlock, deadlineTime } = context
  const charge = data.estimate(gas, positions.length)
  const bid = bidFor(0n, gas, 0n, true, context, charge.wei)
  if (!('netWei' in bid)) return bid
  const { gasCostWei, bidWei, netWei } = bid
  return {
    id: idOf(chain.id, deadlineBlock, call),
    chainId: chain.id,
    legs: positions.map((one) => ({ ...legOf(market, one.position, debt, gas), realisesBase: one.debtBase })),
    profitToken: chain.wrappedNative,
    grossWei: 0n,
    ...{ gas, gasCostWei, bidWei, netWei },
    ...(charge.gas === 0n ? {} : { dataGas: charge.gas }),
    ...(charge.wei === 0n ? {} : { dataWei: charge.wei }),
    netUsd8: signedUsd8(context.desk(market).valuation, netWei),
    atLoss: true,
    order: {
      ...{ deadlineBlock, deadlineTime, profitToken: chain.wrappedNative, minProfit: 1n },
      ...{ bidBps: 0, minBidWei: 0n, tokens: [], check: null, steps: [] },
    },
    call,
  }
}

const NOTHING: Amounts = { debtToCover: 0n, repay: 0n, seize: 0n, protocolFee: 0n, deficitBase: 0n }

function legOf(market: string, position: PositionId, debt: Token, gas: bigint): Leg {
  return {
    ...{ market, position, amounts: NOTHING, steps: [], route: 'absorbed', gross: 0n, gas, exitShortfallBps: 0 },
    plan: {
      ...{ market, position, collateral: debt, debt, healthFactor: 0n, collateralPrice: 0n, debtPrice: 0n },
      ...{ maxRepay: 0n, availableCollateral: 0n, at: () => NOTHING },
    },
  }
}

const idOf = (chainId: number, deadlineBlock: number, { to, data }: CallRequest): string =>
  createHash('sha256').update([chainId, deadlineBlock, to, data].join(' ')).digest('hex').slice(0, 24)
