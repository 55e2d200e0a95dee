import { recorded } from '../../../support/vectors.js'
import type { InterestConfig, RateModel, Totals } from '../../../../strategies/compound-v3/interest.js'
import { type Base, type Held, type Offer, discountedPrice } from '../../../../strategies/compound-v3/rules.js'

type Text<T> = { readonly [K in keyof T]: string }

/** A deployed Comet; every figure as decimal text. */
export interface Scenario {
  readonly contract: string
  readonly baseScale: string
  readonly supply: Text<RateModel>
  readonly borrow: Text<RateModel>
  readonly trackingSupplySpeed: string
  readonly trackingBorrowSpeed: string
  readonly minForRewards: string
  readonly trackingIndexScale: string
  readonly storeFrontFactor: string
  readonly targetReserves: string
  readonly assets: readonly {
    readonly scale: string
    readonly liquidateFactor: string
    readonly liquidationFactor: string
  }[]
}

/** The seven words of `totalsBasic` before its pause flags. */
export type TotalsText = readonly string[]

export type Absorption = { readonly t: string } & (
  | { readonly error: string }
  | {
      readonly error: null
      readonly principal: string
      /** Tracking index and rewards of the account afterwards. */
      readonly tracked: readonly [string, string]
      readonly paidOut: string
      readonly usdValue: string
      /** Asset, amount, value. */
      readonly seized: readonly (readonly [number, string, string])[]
      readonly totals: TotalsText
      readonly reserves: string
    }
)

export type Purchase = {
  readonly t: string
  readonly asset: number
  readonly amount: string
  readonly min: string
  readonly baseBalance: string
  readonly totals: TotalsText
  readonly collateralReserves: string
} & ({ readonly error: string } | { readonly error: null; readonly collateral: string; readonly reservesAfter: string })

/** One state of a market and one account, and what the contract said and did. */
export interface Recorded {
  /** Index into `scenarios`. */
  readonly s: number
  /** Timestamp of the views. */
  readonly t: string
  readonly totals: TotalsText
  readonly pause: string
  readonly basePrice: string
  readonly prices: Readonly<Record<string, string>>
  readonly principal: string
  /** Tracking index of the account before. */
  readonly trackedFrom: string
  readonly held: Readonly<Record<string, string>>
  readonly baseBalance: string
  /** Of the asset that is bought. */
  readonly tokenBalance: string
  readonly totalCollateral: string
  readonly view: {
    readonly isLiquidatable: boolean
    readonly borrowBalanceOf: string
    readonly balanceOf: string
    readonly utilization: string
    readonly supplyRate: string
    readonly borrowRate: string
    readonly totalSupply: string
    readonly totalBorrow: string
    readonly reserves: string
    readonly asset: number
    readonly collateralReserves: string
    /** Base amount, collateral. */
    readonly quotes: readonly (readonly [string, string])[]
  }
  readonly absorb: Absorption
  readonly buy: Purchase
}

export interface RulesFile {
  readonly repository: string
  readonly commit: string
  readonly seed: number
  readonly scenarios: readonly Scenario[]
  readonly states: readonly Recorded[]
}

export interface Case {
  readonly state: Recorded
  readonly scenario: Scenario
  readonly config: InterestConfig
  readonly totals: Totals
  readonly base: Base
  readonly held: readonly Held[]
  /** The store front for the asset of the quotes and the purchase. */
  readonly offer: Offer
}

export const readRules = (): RulesFile => recorded('compound-v3', 'rules.json') as RulesFile

export function totalsOf(text: TotalsText): Totals {
  const word = (i: number): bigint => BigInt(text[i] ?? '')
  return {
    supplyIndex: word(0),
    borrowIndex: word(1),
    trackingSupplyIndex: word(2),
    trackingBorrowIndex: word(3),
    totalSupply: word(4),
    totalBorrow: word(5),
    accruedAt: word(6),
  }
}

const modelOf = ({ kink, slopeLow, slopeHigh, base }: Text<RateModel>): RateModel => ({
  kink: BigInt(kink),
  slopeLow: BigInt(slopeLow),
  slopeHigh: BigInt(slopeHigh),
  base: BigInt(base),
})

const configOf = (scenario: Scenario): InterestConfig => ({
  baseScale: BigInt(scenario.baseScale),
  supply: modelOf(scenario.supply),
  borrow: modelOf(scenario.borrow),
  trackingSupplySpeed: BigInt(scenario.trackingSupplySpeed),
  trackingBorrowSpeed: BigInt(scenario.trackingBorrowSpeed),
  minForRewards: BigInt(scenario.minForRewards),
})

export const casesOf = ({ scenarios, states }: RulesFile): Case[] =>
  states.map((state) => {
    const scenario = scenarios[state.s]
    if (scenario === undefined) throw new Error(`no scenario ${String(state.s)}`)
    const base: Base = { price: BigInt(state.basePrice), scale: BigInt(scenario.baseScale) }
    const termsOf = (index: number): Held['terms'] => {
      const { scale, liquidateFactor, liquidationFactor } = scenario.assets[index] ?? {
        scale: '',
        liquidateFactor: '',
        liquidationFactor: '',
      }
      return {
        scale: BigInt(scale),
        liquidateFactor: BigInt(liquidateFactor),
        liquidationFactor: BigInt(liquidationFactor),
      }
    }
    const priceOf = (index: number): bigint => BigInt(state.prices[String(index)] ?? '')
    const held = Object.entries(state.held).map(([i, balance]) => ({
      terms: termsOf(Number(i)),
      balance: BigInt(balance),
      price: priceOf(Number(i)),
    }))
    const terms = termsOf(state.view.asset)
    const price = discountedPrice(priceOf(state.view.asset), terms, BigInt(scenario.storeFrontFactor))
    return {
      state,
      scenario,
      config: configOf(scenario),
      totals: totalsOf(state.totals),
      base,
      held,
      offer: { price, scale: terms.scale, base },
    }
  })
