import { createHash } from 'node:crypto'
import { encodeRun } from '../../../auctions/agent.js'
import type { AgentCall } from '../../../auctions/venue.js'
import type { Address } from '../../../domain/chain.js'
import type { Token } from '../../../domain/market.js'
import type { Leg, Opportunity } from '../../../domain/opportunity.js'
import type { Amounts } from '../../../domain/plan.js'
import type { DataFee } from '../../../profit/data-fee/data-fee.js'

/** One thing that a run of the agent does, as gate, journal and books see it. Raw token units. */
export interface AgentLeg {
  /** `geb-debt/5`, `sale/0x…`. */
  readonly name: string
  /** `bid`, `start`, `settle`, `sale` …, for people. */
  readonly what: string
  readonly pay: { readonly token: Token; readonly amount: bigint; readonly price8: bigint }
  readonly get: { readonly token: Token; readonly amount: bigint; readonly price8: bigint }
  /** What it earns before gas, wei; below zero only in backstop mode. */
  readonly gainWei: bigint
  readonly gas: bigint
}

export interface AgentRun {
  readonly chainId: number
  readonly market: string
  readonly agent: Address
  /** How many holdings the agent has. */
  readonly holdings: number
  readonly legs: readonly AgentLeg[]
  readonly calls: readonly AgentCall[]
  readonly deadlineBlock: number
  readonly deadlineTime: bigint
  /** Per gas: what the block will charge, and what we add for its builder. */
  readonly baseFeeWei: bigint
  readonly tipWei: bigint
  /** What a rollup charges for the data of the transaction. */
  readonly data: Pick<DataFee, 'ofCall'>
  /** What the gate compares fees with, wei, where the run as a whole may lose (backstop); null: the gain. */
  readonly valueWei: bigint | null
  readonly usd8: (wei: bigint) => bigint
  readonly wrappedNative: Address
  /** It can wait. Absent: it cannot. */
  readonly housekeeping?: true
}

/**
 * What a run costs whatever it does: the transaction, and the agent's look at each of its holdings before and after. Measured on
 * the contract, with room: 145 k with three holdings.
 */
export const transactionGas = (holdings: number): bigint => 36_000n + 38_000n * BigInt(holdings)

/** A run of the agent as an opportunity: it goes through the same gate, lane, journal and books as a liquidation. */
export function agentOpportunity(run: AgentRun): Opportunity {
  const { legs, deadlineBlock, deadlineTime, wrappedNative } = run
  const gas = legs.reduce((sum, leg) => sum + leg.gas, transactionGas(run.holdings))
  const gainWei = legs.reduce((sum, leg) => sum + leg.gainWei, 0n)
  const data = encodeRun(deadlineBlock, deadlineTime, run.calls)
  const charge = run.data.ofCall(gas, data)
  const gasCostWei = gas * run.baseFeeWei + charge.wei
  const bidWei = gas * run.tipWei
  const netWei = gainWei - gasCostWei - bidWei
  return {
    id: idOf(run),
    chainId: run.chainId,
    legs: legs.map((leg) => legOf(run.market, leg)),
    profitToken: wrappedNative,
    grossWei: run.valueWei ?? gainWei,
    ...(charge.wei === 0n && charge.gas === 0n ? {} : { dataWei: charge.wei, dataGas: charge.gas }),
    ...{ gas, gasCostWei, bidWei, netWei, netUsd8: netWei < 0n ? -run.usd8(-netWei) - 1n : run.usd8(netWei) },
    order: {
      ...{ deadlineBlock, deadlineTime, profitToken: wrappedNative, minProfit: 1n },
      ...{ bidBps: 0, minBidWei: 0n, tokens: [], check: null, steps: [] },
    },
    ...(run.housekeeping === true ? { housekeeping: true } : {}),
    call: { to: run.agent, data },
  }
}

function legOf(market: string, { name, what, pay, get, gainWei, gas }: AgentLeg): Leg {
  const amounts: Amounts = {
    ...{ debtToCover: pay.amount, repay: pay.amount, seize: get.amount, protocolFee: 0n, deficitBase: 0n },
  }
  return {
    ...{ market, position: name, amounts, steps: [], route: what, gross: gainWei, gas, exitShortfallBps: 0 },
    plan: {
      ...{ market, position: name, collateral: get.token, debt: pay.token, healthFactor: 0n },
      ...{ collateralPrice: get.price8, debtPrice: pay.price8, maxRepay: pay.amount, availableCollateral: get.amount },
      at: () => amounts,
    },
  }
}

const idOf = ({ chainId, market, legs, deadlineBlock }: AgentRun): string =>
  createHash('sha256')
    .update([chainId, market, deadlineBlock, ...legs.map(({ name, what }) => `${name} ${what}`)].join(' '))
    .digest('hex')
    .slice(0, 24)
