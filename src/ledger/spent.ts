import { divCeil, maxOf } from '../domain/maths.js'
import { NATIVE } from './booking.js'
import type { Database } from './database.js'
import type { BookedRow } from './ledger.js'

const MINED = `SELECT 1 FROM bookings b JOIN attempts a ON a.tx_hash = b.tx_hash
  WHERE b.live = 1 AND (b.executed = 1 OR (b.status = 0 AND json_array_length(a.legs) = 1)) AND EXISTS (SELECT 1 FROM json_each(a.legs)
  WHERE json_extract(value, '$.market') = ? AND json_extract(value, '$.position') = ?) LIMIT 1`

/** Whether one step was mined: landed in whatever company, or reverted alone. */
export const readMined = (db: Database, market: string, position: string): boolean =>
  db.one(MINED, market, position) !== null

/** Dollars (8 decimals) for so many wei. */
interface Rate {
  readonly usd8: bigint
  readonly wei: bigint
}

/** Fewer dollars than this, a hundredth of a cent, tell the price of a coin to less than four digits. */
const LEAST_USD8 = 10_000n

function rateOf({ expectedNetWei: wei, expectedNetUsd8: usd8 }: BookedRow): Rate | null {
  const size = usd8 < 0n ? -usd8 : usd8
  return size < LEAST_USD8 || wei === 0n ? null : { usd8: size, wei: wei < 0n ? -wei : wei }
}

/**
 * What transactions of one day take off its budget, USD with 8 decimals, each rounded up and never below zero:
 * 1. losses of single steps, by the figures that they were signed with; what other steps gain does not make up for them;
 * 2. gas and bid that no gain of the same transaction pays, as they were paid where that is more than was reckoned with;
 * 3. of what moved nothing but gas (reverted, or a price was told), no less than it was worth when it was booked;
 * 4. of a liquidation at a loss no less than was lost by it: pools may give less than was quoted.
 */
export function spentBy(rows: readonly BookedRow[]): bigint[] {
  const rates = rows.map(rateOf)
  const known = rates.find((rate) => rate !== null) ?? null
  return rows.map((row, i) => maxOf(signedLoss(row, rates[i] ?? known), asBooked(row)))
}

function signedLoss(row: BookedRow, rate: Rate | null): bigint {
  const { legs, lost, gasWei, bidWei, expectedFeesWei, expectedNetWei, expectedNetUsd8 } = row
  const net = expectedNetUsd8 < 0n ? -expectedNetUsd8 : 0n
  const sum = [...legs, ...lost].reduce((total, { gross }) => total + gross, 0n)
  // a gain in another token than the chain's own cannot be told apart into gains and fees
  if (rate === null || sum - expectedFeesWei !== expectedNetWei) return net
  const losses = legs.reduce((total, { gross }) => (gross < 0n ? total - gross : total), 0n)
  const gains = legs.reduce((total, { gross }) => (gross > 0n ? total + gross : total), 0n)
  const wei = losses + maxOf(0n, maxOf(gasWei + bidWei, expectedFeesWei) - gains)
  return maxOf(net, divCeil(wei * rate.usd8, rate.wei))
}

function asBooked({ status, deltas, legs, expectedNetUsd8, netUsd8 }: BookedRow): bigint {
  const moved = [...deltas.keys()].some((token) => token !== NATIVE)
  const isEnded = legs.some(({ realisesBase }) => realisesBase !== undefined)
  const isCost = status === 0 || isEnded || (!moved && expectedNetUsd8 < 0n)
  return isCost && netUsd8 !== null && netUsd8 < 0n ? -netUsd8 : 0n
}
