import { minOf } from '../domain/maths.js'
import { leastWith } from './bid-policy.js'
import { BPS } from './expected-profit.js'

/** What becomes of won tokens: kept, sold at once, or sold in slices that move the price little. */
export type OnWin = 'hold' | 'sell' | 'slices'

export interface SaleSettings {
  readonly onWin: OnWin
  /** Most that one slice may move the price it gets, basis points. */
  readonly maxImpactBps: bigint
  /** How much less than quoted a sale may bring. */
  readonly toleranceBps: bigint
}

export interface Stock {
  /** Raw units in the agent's wallet. */
  readonly held: bigint
  /** Most that may leave the wallet now, by the owner's limits. */
  readonly allowed: bigint
  /** Why the price is not to be believed, or null. */
  readonly doubt: string | null
  /** What a sale of this size brings; null where the depth does not fill it. */
  sell(amount: bigint): bigint | null
  /** Least that the owner lets be taken for this size; null where no floor is set, and nothing may be sold. */
  floor(amount: bigint): bigint | null
}

export interface Sale {
  readonly amount: bigint
  readonly expected: bigint
  readonly minOut: bigint
}

/** Selling less than this is not worth a transaction: a thousandth of what is held, but at least a unit. */
const PROBE = 1_000n

/** What to sell now, or why nothing. Pure. */
export function saleOf({ held, allowed, doubt, sell, floor }: Stock, settings: SaleSettings): Sale | string {
  if (settings.onWin === 'hold') return 'won tokens are kept (onWin is hold)'
  if (held === 0n) return 'nothing is held'
  if (doubt !== null) return doubt
  const most = minOf(held, allowed)
  if (most === 0n) return "the owner's limits of the day are used up"
  const amount = settings.onWin === 'sell' ? most : sliceOf(most, sell, settings.maxImpactBps)
  const expected = amount === 0n ? null : sell(amount)
  if (expected === null || expected === 0n) return 'no pool takes it'
  const minOut = (expected * (BPS - settings.toleranceBps)) / BPS
  const least = floor(amount)
  if (least === null) return 'the owner set no floor for it, and nothing is sold without one'
  if (minOut < least) return `the pool pays ${expected}, the owner's floor is ${least}`
  return { amount, expected, minOut }
}

/** The largest part of `most` whose price is within the impact of that of a thousandth of it. */
function sliceOf(most: bigint, sell: Stock['sell'], maxImpactBps: bigint): bigint {
  const probe = most / PROBE
  const best = probe === 0n ? null : sell(probe)
  if (best === null) return most
  const tooMuch = (amount: bigint): boolean => {
    const out = sell(amount)
    return out === null || out * probe * BPS < best * amount * (BPS - maxImpactBps)
  }
  const least = leastWith(tooMuch, most)
  return least === null ? most : least - 1n
}
