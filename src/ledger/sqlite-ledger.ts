import { join } from 'node:path'
import type { Address, Hex } from '../domain/chain.js'
import { decimal } from '../domain/decimal-json.js'
import type { Token } from '../domain/market.js'
import type { Outcome } from '../domain/opportunity.js'
import type { PositionRefusal } from '../domain/refusal.js'
import { positionsOf } from '../execution/records.js'
import type { AttemptRecord, IntentRecord, OutcomeRecord } from '../execution/records.js'
import type { BlockInfo, Receipt } from '../execution/receipt.js'
import type { Booked } from '../execution/intent-book.js'
import type { Contest } from '../execution/bids/learn.js'
import type { LastRefusal, Missed } from '../execution/misses/missed.js'
import type { RelayAnswer } from '../execution/relays/fan-out.js'
import type { Accounts, Booking, InternalMovements } from './booking.js'
import { bookForeign, bookReceipt } from './booking.js'
import { Database, numberOf, textOf } from './database.js'
import type { BookedRow, Ledger, LedgerReport, RefusalRow } from './ledger.js'
import { readContests, readLastRefusal, readMissed, readMissedBlocks, writeMissed } from './missed-table.js'
import { readAmounts, readBookings, readMoney, readRefusals } from './reading.js'
import { readDryRunUsd8, readRealisedUsd8, readReport } from './report.js'
import { SCHEMA_STEPS } from './schema.js'
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

const detailOf = (outcome: Outcome): string => {
  if (outcome.kind === 'refused') return `${outcome.refusal.code}: ${outcome.refusal.detail}`
  if (outcome.kind === 'outbid') return outcome.by ?? ''
  return 'blockHash' in outcome ? outcome.blockHash : ''
}

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
    const { opportunity: o } = attempt
    this.db.atomically(() => {
      this.db.run(
        'INSERT OR IGNORE INTO intents (id, chain_id, operator, nonce, dry_run, created_ms) VALUES (?, ?, ?, ?, ?, ?)',
        ...[intent.id, intent.chainId, intent.operator, intent.nonce, intent.dryRun ? 1 : 0, intent.createdAtMs],
      )
      this.db.run(
        `INSERT OR IGNORE INTO attempts (tx_hash, intent_id, target_block, deadline_block, max_fee_wei, tip_wei, gas_limit,
         sent_ms, relays, profit_token, gross_wei, gas_cost_wei, bid_wei, net_wei, net_usd8, legs, behind)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[attempt.transactionHash, intent.id, attempt.targetBlock, attempt.deadlineBlock],
        ...[attempt.maxFeePerGas, attempt.maxPriorityFeePerGas, attempt.gasLimit].map(String),
        ...[attempt.sentAtMs, JSON.stringify(attempt.relays), o.profitToken],
        ...[o.grossWei, o.gasCostWei, o.bidWei, o.netWei, o.netUsd8].map(String),
        ...[JSON.stringify(o.legs, decimal), attempt.behind === undefined ? null : JSON.stringify(attempt.behind)],
      )
    })
  }

  answered(transactionHash: Hex, answers: readonly RelayAnswer[]): void {
    this.db.run('UPDATE attempts SET answers = ? WHERE tx_hash = ?', JSON.stringify(answers), transactionHash)
  }

  landed(intentId: string, receipt: Receipt, block: BlockInfo): Booked {
    const { accounts, wrappedNative, internal } = this.options
    if (accounts === null) throw new Error('this ledger was opened for reading')
    const known = readMoney(this.db, receipt.transactionHash)
    return this.keep(intentId, bookReceipt(receipt, accounts, wrappedNative, known, internal), block)
  }

  received(receipt: Receipt, block: BlockInfo): Booked | null {
    const { accounts, wrappedNative, internal = () => [] } = this.options
    if (accounts === null) throw new Error('this ledger was opened for reading')
    const tx = receipt.transactionHash
    if (this.db.one('SELECT 1 FROM attempts WHERE tx_hash = ?', tx) !== null) return null
    const booking = bookForeign(receipt, accounts, wrappedNative, readMoney(this.db, tx), internal)
    return booking === null ? null : this.keep(FOREIGN, booking, block)
  }

  /** Losses that were expected of what landed in `market` on a UTC day (`2026-11-21`), USD with 8 decimals, never negative. */
  expectedLossUsd8(market: string, day: string): bigint {
    const rows = readBookings(this.db).filter((row) => row.day === day && row.expectedNetUsd8 < 0n)
    const own = rows.filter(({ legs }) => legs.some((leg) => leg.market === market))
    return own.reduce((sum, row) => sum - row.expectedNetUsd8, 0n)
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

  /** A transaction and block that are booked already stay as they were. */
  private keep(intentId: string, booking: Booking, block: BlockInfo): Booked {
    const { transactionHash: tx, blockHash } = booking
    this.db.atomically(() => {
      this.db.run('UPDATE bookings SET live = 0 WHERE tx_hash = ? AND block_hash <> ?', tx, blockHash)
      // the first booking stands: accounts and known tokens of another start must not mix with it
      const isNew = this.db.one('SELECT 1 FROM bookings WHERE tx_hash = ? AND block_hash = ?', tx, blockHash) === null
      this.db.run(
        `INSERT INTO bookings (tx_hash, block_hash, intent_id, block_number, block_time, builder, extra_data, status,
         executed, gas_wei, bid_wei, failed, live) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
         ON CONFLICT (tx_hash, block_hash) DO UPDATE SET live = 1`,
        ...[tx, blockHash, intentId, booking.blockNumber, Number(block.timestamp), block.builder, block.extraData],
        ...[booking.status, booking.executed ? 1 : 0, booking.gasWei.toString(), booking.bidWei.toString()],
        JSON.stringify(booking.failed),
      )
      if (isNew) this.keepAmounts('deltas', booking, booking.deltas)
      if (isNew) this.keepAmounts('strays', booking, booking.strays)
    })
    const amounts = (table: 'deltas' | 'strays') => readAmounts(this.db, table, tx, blockHash)
    return { deltas: amounts('deltas'), strays: amounts('strays') }
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
    const { outcome, closed, intentId } = record
    this.db.run(
      'UPDATE intents SET outcome = ?, outcome_detail = ?, closed = ? WHERE id = ?',
      ...[outcome.kind, detailOf(outcome), closed ? 1 : 0, intentId],
    )
  }

  refused(refusals: readonly PositionRefusal[], block: number): void {
    if (refusals.length === 0) return
    this.db.atomically(() => {
      for (const { market, position, code, detail, figure } of refusals) {
        this.db.run(
          `INSERT INTO refusals (market, position, code, detail, figure, first_block, last_block, count)
           VALUES (?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (market, position, code) DO UPDATE SET detail = excluded.detail,
           figure = excluded.figure, last_block = max(last_block, excluded.last_block),
           count = count + (excluded.last_block > last_block)`,
          ...[market, position, code, detail, figure ?? null, block, block],
        )
      }
      this.pruneRefusals()
    })
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

  private keepAmounts(
    table: 'deltas' | 'strays',
    { transactionHash, blockHash }: Booking,
    amounts: ReadonlyMap<Address, bigint>,
  ): void {
    for (const [token, amount] of amounts) {
      this.db.run(
        `INSERT INTO ${table} (tx_hash, block_hash, token, amount) VALUES (?, ?, ?, ?)`,
        ...[transactionHash, blockHash, token, amount.toString()],
      )
    }
  }

  private pruneRefusals(): void {
    const excess = Number(this.db.one('SELECT count(*) AS n FROM refusals')?.['n'] ?? 0) - this.maxRefusals
    if (excess <= 0) return
    this.db.run(
      'DELETE FROM refusals WHERE rowid IN (SELECT rowid FROM refusals ORDER BY last_block, rowid LIMIT ?)',
      excess,
    )
  }
}
