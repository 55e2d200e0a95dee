import type { Database } from './database.js'

const MINED = `SELECT 1 FROM bookings b JOIN attempts a ON a.tx_hash = b.tx_hash
  WHERE b.live = 1 AND (b.executed = 1 OR (b.status = 0 AND json_array_length(a.legs) = 1)) AND EXISTS (SELECT 1 FROM json_each(a.legs)
  WHERE json_extract(value, '$.market') = ? AND json_extract(value, '$.position') = ?) LIMIT 1`

/** Whether one step was mined: landed in whatever company, or reverted alone. */
export const readMined = (db: Database, market: string, position: string): boolean =>
  db.one(MINED, market, position) !== null
