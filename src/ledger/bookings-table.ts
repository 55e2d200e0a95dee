import type { Address } from '../domain/chain.js'
import type { Booked } from '../execution/intent-book.js'
import type { BlockInfo } from '../execution/receipt.js'
import type { Booking } from './booking.js'
import type { Database } from './database.js'
import { readAmounts } from './reading.js'

/** The tables of what a booking moved, a row per token. */
type AmountsTable = 'deltas' | 'strays'

/**
 * Keeps a booking and takes back those of other blocks for the same transaction. A transaction and block that are booked
 * already stay as they were; returns what is booked of them.
 */
export function writeBooking(db: Database, intentId: string, booking: Booking, block: BlockInfo): Booked {
  const { transactionHash: tx, blockHash } = booking
  db.atomically(() => {
    db.run('UPDATE bookings SET live = 0 WHERE tx_hash = ? AND block_hash <> ?', tx, blockHash)
    // the first booking stands: accounts and known tokens of another start must not mix with it
    const isNew = db.one('SELECT 1 FROM bookings WHERE tx_hash = ? AND block_hash = ?', tx, blockHash) === null
    db.run(
      `INSERT INTO bookings (tx_hash, block_hash, intent_id, block_number, block_time, builder, extra_data, status,
       executed, gas_wei, bid_wei, failed, live) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
       ON CONFLICT (tx_hash, block_hash) DO UPDATE SET live = 1`,
      ...[tx, blockHash, intentId, booking.blockNumber, Number(block.timestamp), block.builder, block.extraData],
      ...[booking.status, booking.executed ? 1 : 0, booking.gasWei.toString(), booking.bidWei.toString()],
      JSON.stringify(booking.failed),
    )
    if (isNew) writeAmounts(db, 'deltas', booking, booking.deltas)
    if (isNew) writeAmounts(db, 'strays', booking, booking.strays)
  })
  const amounts = (table: AmountsTable) => readAmounts(db, table, tx, blockHash)
  return { deltas: amounts('deltas'), strays: amounts('strays') }
}

function writeAmounts(
  db: Database,
  table: AmountsTable,
  { transactionHash, blockHash }: Booking,
  amounts: ReadonlyMap<Address, bigint>,
): void {
  for (const [token, amount] of amounts) {
    db.run(
      `INSERT INTO ${table} (tx_hash, block_hash, token, amount) VALUES (?, ?, ?, ?)`,
      ...[transactionHash, blockHash, token, amount.toString()],
    )
  }
}
