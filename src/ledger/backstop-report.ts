import { positionsOf } from '../execution/records.js'
import type { BookedRow } from './ledger.js'
import { spentBy } from './spent.js'

/** What backstop mode did in one market on one UTC day. */
export interface BackstopRow {
  readonly market: string
  readonly day: string
  readonly transactions: number
  /** Distinct positions that were ended, or bids that were made. */
  readonly positions: number
  /** What it takes off the day's budget, `spentBy`: losses as signed, gas as paid; USD with 8 decimals, never negative. */
  readonly expectedLossUsd8: bigint
  /** What they earned or lost at the prices when they were booked. */
  readonly realisedUsd8: bigint
  /** Debt that they ended, repaid and written off, USD with 8 decimals; null for auctions (`keeper insurance` tells). */
  readonly endedBase: bigint | null
}

const isAtLoss = ({ expectedNetUsd8, legs }: BookedRow): boolean =>
  expectedNetUsd8 < 0n || legs.some(({ realisesBase }) => realisesBase !== undefined)

/** By the books alone, oldest first: what was signed at an expected loss, and what it ended where it landed. */
export function backstopRows(bookings: readonly BookedRow[]): BackstopRow[] {
  const rows = new Map<string, { readonly row: BackstopRow; readonly places: Set<string> }>()
  for (const booking of bookings.filter(isAtLoss)) {
    const [first] = booking.legs
    if (first === undefined) continue
    const key = `${booking.day} ${first.market}`
    const { row, places } = rows.get(key) ?? { row: emptyRow(first.market, booking.day), places: new Set<string>() }
    const done = booking.status === 1 && booking.executed ? booking.legs : []
    for (const place of positionsOf(done)) places.add(place)
    rows.set(key, { row: added(row, booking, done), places })
  }
  return [...rows.values()].map(({ row, places }) => ({ ...row, positions: places.size }))
}

const emptyRow = (market: string, day: string): BackstopRow => ({
  ...{ market, day, transactions: 0, positions: 0, expectedLossUsd8: 0n, realisedUsd8: 0n, endedBase: null },
})

function added(row: BackstopRow, booking: BookedRow, done: BookedRow['legs']): BackstopRow {
  const isLending = booking.legs.some(({ realisesBase }) => realisesBase !== undefined)
  const ended = done.reduce((sum, { realisesBase = 0n }) => sum + realisesBase, row.endedBase ?? 0n)
  return {
    ...row,
    transactions: row.transactions + 1,
    expectedLossUsd8: row.expectedLossUsd8 + (spentBy([booking])[0] ?? 0n),
    realisedUsd8: row.realisedUsd8 + (booking.netUsd8 ?? 0n),
    endedBase: isLending ? ended : row.endedBase,
  }
}
