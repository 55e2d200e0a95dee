import { toAddress } from '../domain/chain.js'
import type { Address, Hex } from '../domain/chain.js'
import type { RefusalCode } from '../domain/refusal.js'
import { REFUSAL_CODES } from '../domain/refusal.js'
import type { Contest } from '../execution/bids/learn.js'
import type { LastRefusal, Missed, MissReason } from '../execution/misses/missed.js'
import type { Database, Row } from './database.js'
import { bigOf, numberOf, textOf } from './database.js'

/** Rows kept of misses, the oldest go first; and the newest that bids are learned from. */
const MOST_KEPT = 50_000
const MOST_LEARNED = 500

const textOrNull = (value: bigint | null): string | null => value?.toString() ?? null
const bigOrNull = (row: Row, column: string): bigint | null => (row[column] === null ? null : bigOf(row, column))

export function writeMissed(db: Database, one: Missed): void {
  db.run(
    `INSERT OR REPLACE INTO missed (tx_hash, market, position, block_number, block_hash, liquidator, asset, reason, detail,
     late_ms, seen_ms, builder, extra_data, price_wei, gross_wei, bid_wei) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[one.transactionHash, one.market, one.position, one.blockNumber, one.blockHash, one.liquidator, one.asset],
    ...[one.reason, one.detail, one.lateMs, one.seenAtMs, one.builder, one.extraData],
    ...[one.priceWei, one.grossWei, one.bidWei].map(textOrNull),
  )
  const count = Number(db.one('SELECT count(*) AS n FROM missed')?.['n'] ?? 0)
  if (count <= MOST_KEPT) return
  db.run(
    'DELETE FROM missed WHERE rowid IN (SELECT rowid FROM missed ORDER BY block_number LIMIT ?)',
    count - MOST_KEPT,
  )
}

/** Oldest first. */
export const readMissed = (db: Database): Missed[] =>
  db.all('SELECT * FROM missed ORDER BY block_number, tx_hash, position').map((row) => ({
    market: textOf(row, 'market'),
    position: textOf(row, 'position'),
    transactionHash: textOf(row, 'tx_hash') as Hex,
    blockNumber: numberOf(row, 'block_number'),
    blockHash: textOf(row, 'block_hash') as Hex,
    liquidator: toAddress(textOf(row, 'liquidator')),
    asset: toAddress(textOf(row, 'asset')),
    reason: textOf(row, 'reason') as MissReason,
    detail: textOf(row, 'detail'),
    lateMs: row['late_ms'] === null ? null : numberOf(row, 'late_ms'),
    seenAtMs: numberOf(row, 'seen_ms'),
    builder: textOf(row, 'builder'),
    extraData: textOf(row, 'extra_data'),
    priceWei: bigOrNull(row, 'price_wei'),
    grossWei: bigOrNull(row, 'gross_wei'),
    bidWei: bigOrNull(row, 'bid_wei'),
  }))

export const readMissedBlocks = (db: Database, since: number): { number: number; hash: Hex }[] =>
  db
    .all('SELECT DISTINCT block_number, block_hash FROM missed WHERE block_number >= ?', since)
    .map((row) => ({ number: numberOf(row, 'block_number'), hash: textOf(row, 'block_hash') as Hex }))

/** The newest word on a position. */
export function readLastRefusal(db: Database, market: string, position: string): LastRefusal | null {
  const row = db.one(
    'SELECT * FROM refusals WHERE market = ? AND position = ? ORDER BY last_block DESC, rowid DESC LIMIT 1',
    ...[market, position],
  )
  const code = row === null ? undefined : REFUSAL_CODES.find((known) => known === textOf(row, 'code'))
  if (row === null || code === undefined) return null
  const blocks = { firstBlock: numberOf(row, 'first_block'), lastBlock: numberOf(row, 'last_block') }
  return { code: code satisfies RefusalCode, detail: textOf(row, 'detail'), ...blocks }
}

const nameOf = (row: Row): string => textOf(row, 'extra_data').trim() || textOf(row, 'builder')
/** Rounded up; null above the gain: such a price was paid for something else in that block as well. */
const bpsOf = (wei: bigint, gross: bigint): number | null =>
  gross <= 0n || wei > gross ? null : Number((wei * 10_000n + gross - 1n) / gross)
/** After the block's time no price would have helped. */
const TOO_LATE_MS = 2_000

interface LegOf {
  readonly collateral: string
  readonly gross: string
  readonly attempt?: number
}

/** The legs that a transaction landed with, all where it is not known, and the part of its expected gain that is theirs. */
function landedOf(row: Row): { readonly legs: readonly LegOf[]; readonly part: (gross: bigint) => bigint } {
  const all = JSON.parse(textOf(row, 'legs')) as LegOf[]
  const failed = JSON.parse(textOf(row, 'failed')) as number[]
  const landed = all.filter(({ attempt }) => attempt === undefined || !failed.includes(attempt))
  const sum = (legs: readonly LegOf[]): bigint => legs.reduce((total, { gross }) => total + BigInt(gross), 0n)
  if (landed.length === 0 || landed.length === all.length || sum(all) <= 0n)
    return { legs: all, part: (gross) => gross }
  return { legs: landed, part: (gross) => (gross * sum(landed)) / sum(all) }
}

function assetOf(all: readonly LegOf[]): Address {
  const best = all.reduce((a, b) => (BigInt(b.gross) > BigInt(a.gross) ? b : a))
  return toAddress(best.collateral)
}

/** Blocks that we won with a bid, and those that we lost with one, oldest first. */
export function readContests(db: Database): Contest[] {
  const won = db.all(
    `SELECT b.block_number, b.builder, b.extra_data, b.bid_wei, b.failed, a.gross_wei, a.legs FROM bookings b
     JOIN attempts a ON a.tx_hash = b.tx_hash WHERE b.live = 1 AND b.status = 1 AND b.executed = 1
     ORDER BY b.block_number DESC LIMIT ?`,
    MOST_LEARNED,
  )
  const lost = db.all(
    `SELECT * FROM missed WHERE reason = 'outbid' AND gross_wei IS NOT NULL AND coalesce(late_ms, 0) < ?
     ORDER BY block_number DESC LIMIT ?`,
    ...[TOO_LATE_MS, MOST_LEARNED],
  )
  const wins = won.map((row): Contest => {
    const { legs, part } = landedOf(row)
    const ourBps = bpsOf(bigOf(row, 'bid_wei'), part(bigOf(row, 'gross_wei'))) ?? 10_000
    const where = { asset: assetOf(legs), builder: nameOf(row), block: numberOf(row, 'block_number') }
    return { ...where, won: true, ourBps, priceBps: ourBps }
  })
  const losses = lost.map((row): Contest => {
    const gross = bigOf(row, 'gross_wei')
    const price = bigOrNull(row, 'price_wei')
    const where = { asset: toAddress(textOf(row, 'asset')), builder: nameOf(row), block: numberOf(row, 'block_number') }
    const ourBps = bpsOf(bigOrNull(row, 'bid_wei') ?? 0n, gross) ?? 10_000
    return { ...where, won: false, ourBps, priceBps: price === null ? null : bpsOf(price, gross) }
  })
  return [...wins, ...losses].sort((a, b) => a.block - b.block)
}
