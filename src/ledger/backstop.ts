import type { Address } from '../domain/chain.js'
import type { BookedRow } from './ledger.js'
import { spentBy } from './spent.js'

/** The forms in which the token that auctions are paid in lies about: in wallets, in the protocol's books, in standing bids. */
export interface PayForms {
  /** Units of the finest form that make one raw unit of each. */
  readonly units: ReadonlyMap<Address, bigint>
  /** The form that a standing bid has. */
  readonly claims: Address
  /** Finest units in a raw unit of the pay token. */
  readonly whole: bigint
}

/** What a protocol's auctions cost us on one UTC day, and what that saved. */
export interface BackstopDay {
  readonly market: string
  readonly day: string
  /** What was mined takes off the day's budget, `spentBy`: losses as signed, gas as paid; USD with 8 decimals, never negative. */
  readonly expectedLossUsd8: bigint
  /** What the day's transactions of this market earned or lost at the prices when they were booked, sales included. */
  readonly realisedUsd8: bigint
  /** Coins that our winning bids brought the protocol, raw units of the pay token, rounded down. */
  readonly saved: bigint
}

/**
 * By the books alone. A bid turns coins into a claim of the same size and saves nothing yet; a refund turns it back; a claim
 * that ends without coins coming back was won with: so much debt is covered.
 */
export function backstopDays(rows: readonly BookedRow[], market: string, forms: PayForms): BackstopDay[] {
  const days = new Map<string, BackstopDay>()
  const mine = rows.filter(({ legs }) => legs.some((leg) => leg.market === market))
  const spent = new Map(spentBy(mine).map((usd8, i) => [mine[i], usd8]))
  for (const row of rows) {
    if (!spent.has(row) && !row.deltas.has(forms.claims)) continue
    const before = days.get(row.day) ?? { market, day: row.day, expectedLossUsd8: 0n, realisedUsd8: 0n, saved: 0n }
    days.set(row.day, {
      ...before,
      expectedLossUsd8: before.expectedLossUsd8 + (spent.get(row) ?? 0n),
      realisedUsd8: before.realisedUsd8 + (row.netUsd8 ?? 0n),
      saved: before.saved + wonWith(row, forms),
    })
  }
  return [...days.values()]
    .map((day) => ({ ...day, saved: day.saved / forms.whole }))
    .sort((a, b) => (a.day < b.day ? -1 : 1))
}

/** Finest units that left all forms together in a transaction that ended or changed a claim. */
function wonWith({ deltas }: BookedRow, { units, claims }: PayForms): bigint {
  if (!deltas.has(claims)) return 0n
  const change = [...units].reduce((sum, [token, unit]) => sum + (deltas.get(token) ?? 0n) * unit, 0n)
  return change < 0n ? -change : 0n
}
