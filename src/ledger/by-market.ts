import type { LegRecord } from '../execution/records.js'
import { positionsOf } from '../execution/records.js'
import type { BookedRow, MarketRow } from './ledger.js'

/** Parts of `whole` in proportion to `weights` (their sum above zero), each between floor and ceiling; they add up to it exactly. */
export function partsOf(whole: bigint, weights: readonly bigint[]): bigint[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n)
  let [weight, given] = [0n, 0n]
  return weights.map((own) => {
    weight += own
    const part = (whole * weight) / total - given
    given += part
    return part
  })
}

/** What each market is to be charged and credited with: the gains that were expected of its legs, or their number. */
function weightsOf(legs: readonly LegRecord[]): Map<string, bigint> {
  const positive = legs.some((leg) => leg.gross > 0n)
  const weights = new Map<string, bigint>()
  for (const { market, gross } of legs) {
    const own = positive ? (gross > 0n ? gross : 0n) : 1n
    weights.set(market, (weights.get(market) ?? 0n) + own)
  }
  return weights
}

const EMPTY = { transactions: 0, reverted: 0, gasWei: 0n, bidWei: 0n, expectedNetUsd8: 0n, netUsd8: 0n }

/** Bookings without legs (their attempt is not in the ledger) stand under an empty name. */
export function byMarket(bookings: readonly BookedRow[]): MarketRow[] {
  const rows = new Map<string, Omit<MarketRow, 'market' | 'positions'>>()
  const positions = new Map<string, Set<string>>()
  for (const booking of bookings) {
    const weights = booking.legs.length === 0 ? new Map([['', 1n]]) : weightsOf(booking.legs)
    const markets = [...weights.keys()]
    const share = (whole: bigint): bigint[] => partsOf(whole, [...weights.values()])
    const [gas, bid] = [share(booking.gasWei), share(booking.bidWei)]
    const [expected, net] = [share(booking.expectedNetUsd8), share(booking.netUsd8 ?? 0n)]
    for (const [i, market] of markets.entries()) {
      const before = rows.get(market) ?? EMPTY
      rows.set(market, {
        transactions: before.transactions + 1,
        reverted: before.reverted + (booking.status === 0 ? 1 : 0),
        gasWei: before.gasWei + (gas[i] ?? 0n),
        bidWei: before.bidWei + (bid[i] ?? 0n),
        expectedNetUsd8: before.expectedNetUsd8 + (expected[i] ?? 0n),
        netUsd8: before.netUsd8 + (net[i] ?? 0n),
      })
      const own = booking.executed ? booking.legs.filter((leg) => leg.market === market) : []
      positions.set(market, new Set([...(positions.get(market) ?? []), ...positionsOf(own)]))
    }
  }
  return [...rows].map(([market, row]) => ({ market, positions: positions.get(market)?.size ?? 0, ...row }))
}
