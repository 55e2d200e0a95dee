import { join } from 'node:path'
import type { Address, Hex } from '../domain/chain.js'
import type { Token } from '../domain/market.js'
import type { PositionRefusal } from '../domain/refusal.js'
import { positionsOf } from '../execution/records.js'
import type { AttemptRecord, IntentRecord, OutcomeRecord } from '../execution/records.js'
import type { BlockInfo, Receipt } from '../execution/receipt.js'
import type { Booked } from '../execution/intent-book.js'
import type { Contest } from '../execution/bids/learn.js'
import type { LastRefusal, Missed } from '../execution/misses/missed.js'
import type { RelayAnswer } from '../execution/relays/fan-out.js'
import { writeAttempt, writeOutcome } from './attempts-table.js'
import type { Accounts, InternalMovements } from './booking.js'
import { bookForeign, bookReceipt } from './booking.js'
import { writeBooking } from './bookings-table.js'
import { Database, numberOf, textOf } from './database.js'
import type { BookedRow, Ledger, LedgerReport, RefusalRow } from './ledger.js'
import { readContests, readLastRefusal, readMissed, readMissedBlocks, writeMissed } from './missed-table.js'
import { readBookings, readMoney, readRefusals } from './reading.js'
import { writeRefusals } from './refusals-table.js'
import { readDryRunUsd8, readRealisedUsd8, readReport } from './report.js'
import { SCHEMA_STEPS } from './schema.js'
import { readMined, spentBy } from './spent.js'
import type { PriceInWei } from './totals.js'
import { sumDeltas, valueInWei } from './totals.js'

export interface SqliteLedgerOptions {
  readonly dataDir: string
  /** Null for readers (`keeper report`): they never book. */
  readonly accounts: Accounts | null
  readonly wrappedNative: Address
  /** Balances inside protocols' books; absent where no auctions are taken part in. */
  readonly internal?: InternalMovements
  /** Rows kept of refusals; the longest unseen go first. */
  readonly maxRefusals?: number
}

/** Intent of bookings that somebody else's transaction made. */
const FOREIGN = 'received'

/** A token's own word for itself: whatever it says, it prints as one short word. */
const printable = (symbol: string): string => symbol.replace(/[\p{C}\p{Z}]/gu, '').slice(0, 20)

/** The ledger in one SQLite file, `DATA_DIR/ledger.db`. Bookings are keyed by (transaction, block): nothing counts twice. */
export class SqliteLedger implements Ledger {
  private readonly db: Database
  private readonly maxRefusals: number

  /** Throws `KeeperError('ledger-corrupt')` when the file is damaged. */
  constructor(private readonly options: SqliteLedgerOptions) {
    this.db = new Database(join(options.dataDir, 'ledger.db'), SCHEMA_STEPS)
    this.maxRefusals = options.maxRefusals ?? 50_000
  }

  attempted(intent: IntentRecord, attempt: AttemptRecord): void {
    writeAttempt(this.db, intent, attempt)
  }

  answered(transactionHash: Hex, answers: readonly RelayAnswer[]): void {
    this.db.run('UPDATE attempts SET answers = ? WHERE tx_hash = ?', JSON.stringify(answers), transactionHash)
  }

  landed(intentId: string, receipt: Receipt, block: BlockInfo): Booked {
    const { accounts, wrappedNative, internal } = this.options
    if (accounts === null) throw new Error('this ledger was opened for reading')
    const known = readMoney(this.db, receipt.transactionHash)
    return writeBooking(this.db, intentId, bookReceipt(receipt, accounts, wrappedNative, known, internal), block)
  }

  received(receipt: Receipt, block: BlockInfo): Booked | null {
    const { accounts, wrappedNative, internal = () => [] } = this.options
    if (accounts === null) throw new Error('this ledger was opened for reading')
    const tx = receipt.transactionHash
    if (this.db.one('SELECT 1 FROM attempts WHERE tx_hash = ?', tx) !== null) return null
    const booking = bookForeign(receipt, accounts, wrappedNative, readMoney(this.db, tx), internal)
    return booking === null ? null : writeBooking(this.db, FOREIGN, booking, block)
  }

  /** What was mined in `market` on a UTC day (`2026-11-21`) takes off its budget, USD with 8 decimals: `spentBy`. */
  spentUsd8(market: string, day: string): bigint {
    const own = readBookings(this.db, day).filter(({ legs }) => legs.some((leg) => leg.market === market))
    return spentBy(own).reduce((sum, spent) => sum + spent, 0n)
  }

  /**
   * True when a transaction that did nothing but this one step of ours stands in the chain, landed or reverted, or one that did
   * it among others landed.
   */
  wasMined(market: string, position: string): boolean {
    return readMined(this.db, market, position)
  }

  receivedUpTo(source: string): number | null {
    const row = this.db.one('SELECT block FROM cursors WHERE source = ?', source)
    return row === null ? null : numberOf(row, 'block')
  }

  receivedIn(from: number, to: number): readonly Pick<BookedRow, 'transactionHash' | 'blockHash'>[] {
    const rows = this.db.all(
      'SELECT tx_hash, block_hash FROM bookings WHERE intent_id = ? AND live = 1 AND block_number BETWEEN ? AND ?',
      ...[FOREIGN, from, to],
    )
    return rows.map((row) => ({
      transactionHash: textOf(row, 'tx_hash') as Hex,
      blockHash: textOf(row, 'block_hash') as Hex,
    }))
  }

  hasReceivedUpTo(source: string, block: number): void {
    this.db.run(
      'INSERT INTO cursors (source, block) VALUES (?, ?) ON CONFLICT (source) DO UPDATE SET block = excluded.block',
      ...[source, block],
    )
  }

  valued(transactionHash: Hex, blockHash: Hex, netUsd8: bigint, unpriced: readonly Address[]): void {
    this.db.run(
      'UPDATE bookings SET net_usd8 = ?, unpriced = ? WHERE tx_hash = ? AND block_hash = ? AND net_usd8 IS NULL',
      ...[netUsd8.toString(), JSON.stringify(unpriced), transactionHash, blockHash],
    )
  }

  reorged(transactionHash: Hex): void {
    this.db.run('UPDATE bookings SET live = 0 WHERE tx_hash = ?', transactionHash)
  }

  outcome(record: OutcomeRecord): void {
    writeOutcome(this.db, record)
  }

  refused(refusals: readonly PositionRefusal[], block: number): void {
    writeRefusals(this.db, refusals, block, this.maxRefusals)
  }

  report(): LedgerReport {
    return readReport(this.db)
  }

  named(tokens: readonly Token[]): void {
    this.db.atomically(() => {
      for (const { address, symbol, decimals } of tokens) {
        this.db.run(
          `INSERT INTO tokens (address, symbol, decimals) VALUES (?, ?, ?)
           ON CONFLICT (address) DO UPDATE SET symbol = excluded.symbol, decimals = excluded.decimals`,
          ...[address, printable(symbol), decimals],
        )
      }
    })
  }

  realisedUsd8(): bigint {
    return readRealisedUsd8(this.db)
  }

  dryRunUsd8(): bigint {
    return readDryRunUsd8(this.db)
  }

  totals(prices: ReadonlyMap<Address, PriceInWei>): bigint {
    return valueInWei(sumDeltas(readBookings(this.db).map((row) => row.deltas)), prices)
  }

  refusals(): readonly RefusalRow[] {
    return readRefusals(this.db)
  }

  landedPositions(): readonly string[] {
    const done = readBookings(this.db).filter((row) => row.status === 1 && row.executed)
    return [...new Set(done.flatMap((row) => positionsOf(row.legs)))]
  }

  missed(record: Missed): void {
    this.db.atomically(() => {
      writeMissed(this.db, record)
    })
  }

  missedSince(block: number): readonly { readonly number: number; readonly hash: Hex }[] {
    return readMissedBlocks(this.db, block)
  }

  undone(blockHash: Hex): void {
    this.db.run('DELETE FROM missed WHERE block_hash = ?', blockHash)
  }

  lastRefusal(market: string, position: string): LastRefusal | null {
    return readLastRefusal(this.db, market, position)
  }

  misses(): readonly Missed[] {
    return readMissed(this.db)
  }

  contests(): readonly Contest[] {
    return readContests(this.db)
  }

  close(): void {
    this.db.close()
  }
}
