import type { Settings } from '../../config/settings.js'
import { divCeil, maxOf } from '../../domain/maths.js'
import {
  positionsOf,
  type AttemptRecord,
  type LegRecord,
  type OpportunityRecord,
  type TrackedIntent,
} from '../../execution/records.js'
import type { Submitter } from '../../execution/submitter.js'
import type { SqliteLedger } from '../../ledger/sqlite-ledger.js'
import { sureAtLoss } from '../../profit/order.js'

type Signed = Pick<OpportunityRecord, 'gas' | 'grossWei' | 'gasCostWei' | 'dataWei' | 'bidWei' | 'netWei' | 'netUsd8'>

export interface LossBudgetOptions {
  readonly settings: Pick<Settings, 'mode' | 'backstopDailyLossUsd8'>
  /** Whether a transaction that fails is mined and paid for. */
  readonly revertsAreCharged: boolean
  readonly submitter: Pick<Submitter, 'inFlight' | 'unclear'>
  readonly ledger: Pick<SqliteLedger, 'spentUsd8'>
}

/**
 * What backstop mode may lose per market and UTC day. Used up by what was mined (the ledger: as signed, or as paid where that was
 * more), by the most that what may still land, or has landed without a receipt that we saw (journal and lanes), and by what is just
 * being offered; what ended unmined gives its part back. All of that outlives the process but the last, of which nothing was sent.
 */
export class LossBudget {
  private readonly held = new Map<string, bigint>()

  constructor(private readonly options: LossBudgetOptions) {}

  /**
   * USD with 8 decimals, never negative; zero in profit mode. `places` (`market/position`) are about to be offered: what is in
   * flight for them has the same nonce, so only one of the two can land.
   */
  leftUsd8(market: string, day: string, places: ReadonlySet<string>): bigint {
    const { mode, backstopDailyLossUsd8 } = this.options.settings
    if (mode !== 'backstop') return 0n
    const used = this.options.ledger.spentUsd8(market, day) + this.inFlightUsd8(market, places)
    return maxOf(0n, backstopDailyLossUsd8 - used - (this.held.get(keyOf(market, day)) ?? 0n))
  }

  /** Keeps an amount back; the answer gives it free, once. */
  hold(market: string, day: string, lossUsd8: bigint): () => void {
    const key = keyOf(market, day)
    const add = (amount: bigint): unknown => this.held.set(key, (this.held.get(key) ?? 0n) + amount)
    add(lossUsd8)
    let isHeld = true
    return () => {
      if (isHeld) add(-lossUsd8)
      isHeld = false
    }
  }

  /**
   * The most that a transaction at a loss costs at the highest fee that it may be charged, with the gas that was reckoned with and
   * the fee for its data, USD with 8 decimals, rounded up, never below zero: neither a base fee that rises while it is on its way nor
   * a pool that somebody moves before it passes the budget. Of the gain counts what the order insists on; nothing where it may
   * revert and be charged.
   */
  mostUsd8({ gas, grossWei, gasCostWei, dataWei = 0n, bidWei, netWei, netUsd8 }: Signed, maxFeePerGas: bigint): bigint {
    const sure = this.options.revertsAreCharged ? 0n : sureAtLoss(grossWei)
    const wei = maxOf(gas * maxFeePerGas + dataWei, gasCostWei + bidWei) - sure
    if (wei <= 0n) return 0n
    // at the price of the native token that it was valued with, which rounds a gain down
    const [size, usd8] = netWei < 0n ? [-netWei, -netUsd8] : [netWei, netUsd8 + 1n]
    return size === 0n ? UNKNOWN_USD8 : divCeil(wei * usd8, size)
  }

  private inFlightUsd8(market: string, places: ReadonlySet<string>): bigint {
    const { submitter } = this.options
    const sum = (intents: readonly TrackedIntent[]): bigint =>
      intents.reduce((total, { attempts }) => total + this.dearestUsd8(market, attempts), 0n)
    const isRefreshed = ({ attempts }: TrackedIntent): boolean =>
      attempts.some(
        ({ opportunity: { legs } }) => isAtLoss(legs, market) && positionsOf(legs).some((one) => places.has(one)),
      )
    // what is unclear has a nonce that is gone: an offer for the same place has another
    return sum(submitter.inFlight().filter((one) => !isRefreshed(one))) + sum(submitter.unclear())
  }

  /** Of an intent one attempt can land, at the worst the dearest. */
  private dearestUsd8(market: string, attempts: readonly AttemptRecord[]): bigint {
    const own = attempts.filter(({ opportunity }) => isAtLoss(opportunity.legs, market))
    return own.reduce((most, one) => maxOf(most, this.mostUsd8(one.opportunity, one.maxFeePerGas)), 0n)
  }
}

/** What comes out even tells no price of the native token: more than any budget. */
const UNKNOWN_USD8 = 2n ** 128n

const isAtLoss = (legs: readonly LegRecord[], market: string): boolean =>
  legs.some((leg) => leg.market === market && leg.realisesBase !== undefined)

const keyOf = (market: string, day: string): string => `${day} ${market}`
