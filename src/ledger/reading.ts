import { toAddress } from '../domain/chain.js'
import type { Address, Hex } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import { REFUSAL_CODES } from '../domain/refusal.js'
import type { RefusalCode } from '../domain/refusal.js'
import { dayOf } from '../domain/utc-day.js'
import { isLost } from '../execution/lost-legs.js'
import type { BehindRecord, LegRecord } from '../execution/records.js'
import type { Database, Row } from './database.js'
import { bigOf, numberOf, textOf } from './database.js'
import type { AttemptRow, BookedRow, MinedFigures, RefusalRow, TokenName } from './ledger.js'

const asHex = (row: Row, column: string): Hex => textOf(row, column) as Hex

interface RawLeg {
  readonly market: string
  readonly position: string
  readonly collateral: string
  readonly debt: string
  readonly route: string
  readonly repay: string
  readonly seize: string
  readonly gross: string
  readonly realisesBase?: string
  readonly attempt?: number
}

function legsOf(text: string): LegRecord[] {
  return (JSON.parse(text) as RawLeg[]).map(({ realisesBase, ...leg }) => ({
    ...leg,
    ...(realisesBase === undefined ? {} : { realisesBase: BigInt(realisesBase) }),
    collateral: toAddress(leg.collateral),
    debt: toAddress(leg.debt),
    repay: BigInt(leg.repay),
    seize: BigInt(leg.seize),
    gross: BigInt(leg.gross),
  }))
}

/** Legs of a row that joins an attempt with its booking, and which of them landed. */
function fatesOf(row: Row) {
  const all = row['legs'] === null ? [] : legsOf(textOf(row, 'legs'))
  const failed = row['failed'] === null ? [] : (JSON.parse(textOf(row, 'failed')) as number[])
  return { all, landed: all.filter((leg) => !isLost(leg, failed)), lost: all.filter((leg) => isLost(leg, failed)) }
}

type Amounts = Map<Address, bigint>
type AmountTable = 'deltas' | 'strays'

/** Raw units per token of one booking. */
export const readAmounts = (db: Database, table: AmountTable, tx: Hex, blockHash: Hex): Amounts =>
  new Map(
    db
      .all(`SELECT token, amount FROM ${table} WHERE tx_hash = ? AND block_hash = ?`, tx, blockHash)
      .map((row) => [toAddress(textOf(row, 'token')), bigOf(row, 'amount')]),
  )

const bookingKey = (row: Row): string => `${textOf(row, 'tx_hash')} ${textOf(row, 'block_hash')}`

/** Block times of a UTC day (`2026-11-21`), first and last second. */
const secondsOf = (day: string): [number, number] => [Date.parse(day) / 1000, Date.parse(day) / 1000 + 86_399]

function amountsByBooking(db: Database, table: AmountTable, day: string | null): Map<string, Amounts> {
  const found = new Map<string, Amounts>()
  const all = `SELECT tx_hash, block_hash, token, amount FROM ${table}`
  const rows =
    day === null
      ? db.all(all)
      : db.all(`${all} WHERE tx_hash IN (SELECT tx_hash FROM bookings WHERE ${OF_DAY})`, ...secondsOf(day))
  for (const row of rows) {
    const amounts = found.get(bookingKey(row)) ?? new Map<Address, bigint>()
    found.set(bookingKey(row), amounts.set(toAddress(textOf(row, 'token')), bigOf(row, 'amount')))
  }
  return found
}

/** Tokens whose transfers count in a booking of this transaction: those of its order, and all that markets list. */
export function readMoney(db: Database, tx: Hex): Set<Address> {
  const order = db.one('SELECT profit_token, legs FROM attempts WHERE tx_hash = ?', tx)
  const legs = order === null ? [] : legsOf(textOf(order, 'legs'))
  const profit = order === null ? [] : [toAddress(textOf(order, 'profit_token'))]
  return new Set([...readTokens(db).keys(), ...profit, ...legs.flatMap(({ collateral, debt }) => [collateral, debt])])
}

const OF_DAY = 'block_time BETWEEN ? AND ?'

/** Bookings of the canonical chain, oldest first; of one UTC day where one is named. */
export function readBookings(db: Database, day: string | null = null): BookedRow[] {
  const [deltas, strays] = [amountsByBooking(db, 'deltas', day), amountsByBooking(db, 'strays', day)]
  const rows = db.all(
    `SELECT b.*, a.net_wei AS net_wei, a.net_usd8 AS expected_usd8, a.gas_cost_wei AS expected_gas_wei,
     a.bid_wei AS expected_bid_wei, a.legs AS legs FROM bookings b LEFT JOIN attempts a ON a.tx_hash = b.tx_hash
     WHERE b.live = 1 ${day === null ? '' : `AND b.${OF_DAY}`} ORDER BY b.block_number, b.tx_hash`,
    ...(day === null ? [] : secondsOf(day)),
  )
  return rows.map((row) => ({
    legs: fatesOf(row).landed,
    lost: fatesOf(row).lost,
    transactionHash: asHex(row, 'tx_hash'),
    blockHash: asHex(row, 'block_hash'),
    intentId: textOf(row, 'intent_id'),
    blockNumber: numberOf(row, 'block_number'),
    blockTime: numberOf(row, 'block_time'),
    day: dayOf(numberOf(row, 'block_time') * 1000),
    builder: toAddress(textOf(row, 'builder')),
    extraData: textOf(row, 'extra_data'),
    status: numberOf(row, 'status') === 1 ? 1 : 0,
    executed: numberOf(row, 'executed') === 1,
    gasWei: bigOf(row, 'gas_wei'),
    bidWei: bigOf(row, 'bid_wei'),
    expectedFeesWei: row['net_wei'] === null ? 0n : bigOf(row, 'expected_gas_wei') + bigOf(row, 'expected_bid_wei'),
    expectedNetWei: row['net_wei'] === null ? 0n : bigOf(row, 'net_wei'),
    expectedNetUsd8: row['expected_usd8'] === null ? 0n : bigOf(row, 'expected_usd8'),
    netUsd8: row['net_usd8'] === null ? null : bigOf(row, 'net_usd8'),
    unpriced: (JSON.parse(textOf(row, 'unpriced')) as string[]).map(toAddress),
    deltas: deltas.get(bookingKey(row)) ?? new Map<Address, bigint>(),
    strays: strays.get(bookingKey(row)) ?? new Map<Address, bigint>(),
  }))
}

function codeOf(row: Row): RefusalCode {
  const code = REFUSAL_CODES.find((known) => known === row['code'])
  if (code === undefined)
    throw new KeeperError('ledger-corrupt', `the ledger holds an unknown reason ${String(row['code'])}`)
  return code
}

export function readRefusals(db: Database): RefusalRow[] {
  return db.all('SELECT * FROM refusals ORDER BY code, market, position').map((row) => ({
    market: textOf(row, 'market'),
    position: textOf(row, 'position'),
    code: codeOf(row),
    detail: textOf(row, 'detail'),
    figure: row['figure'] === null ? null : textOf(row, 'figure'),
    firstBlock: numberOf(row, 'first_block'),
    lastBlock: numberOf(row, 'last_block'),
    count: numberOf(row, 'count'),
  }))
}

export const readTokens = (db: Database): Map<Address, TokenName> =>
  new Map(
    db
      .all('SELECT * FROM tokens')
      .map((row) => [
        toAddress(textOf(row, 'address')),
        { symbol: textOf(row, 'symbol'), decimals: numberOf(row, 'decimals') },
      ]),
  )

/** What became of one attempt: its own booking speaks first, then its intent. */
function fateOf(row: Row): string {
  if (row['status'] !== null)
    return numberOf(row, 'status') === 0 ? 'reverted' : row['executed'] ? 'landed' : 'too-late'
  if (numberOf(row, 'dry_run') === 1) return 'dry-run'
  const outcome = textOf(row, 'outcome')
  return outcome === 'landed' || outcome === 'reverted' ? 'replaced' : outcome
}

const answersOf = (text: string): AttemptRow['answers'] =>
  (JSON.parse(text) as { relay: string; result: { kind: string; message?: string; why?: string } }[]).map(
    ({ relay, result }) => ({ relay, kind: result.kind, said: result.message ?? result.why ?? '' }),
  )

/** The columns of the booking of an attempt, joined under their own names. */
const minedOf = (row: Row): MinedFigures | null =>
  row['status'] === null
    ? null
    : {
        blockNumber: numberOf(row, 'block_number'),
        builder: toAddress(textOf(row, 'builder')),
        gasWei: bigOf(row, 'gas_wei'),
        bidWei: bigOf(row, 'paid_wei'),
        netUsd8: row['realised_usd8'] === null ? null : bigOf(row, 'realised_usd8'),
      }

/** Every attempt, oldest first. */
export function readAttempts(db: Database): AttemptRow[] {
  const rows = db.all(
    `SELECT a.*, i.dry_run, i.outcome, i.outcome_detail, b.status, b.executed, b.failed, b.block_number, b.builder, b.gas_wei,
     b.bid_wei AS paid_wei, b.net_usd8 AS realised_usd8 FROM attempts a
     JOIN intents i ON i.id = a.intent_id LEFT JOIN bookings b ON b.tx_hash = a.tx_hash AND b.live = 1
     ORDER BY a.sent_ms, a.tx_hash`,
  )
  return rows.map((row) => ({
    transactionHash: asHex(row, 'tx_hash'),
    intentId: textOf(row, 'intent_id'),
    sentAtMs: numberOf(row, 'sent_ms'),
    day: dayOf(numberOf(row, 'sent_ms')),
    targetBlock: numberOf(row, 'target_block'),
    deadlineBlock: numberOf(row, 'deadline_block'),
    outcome: fateOf(row),
    detail: textOf(row, 'outcome_detail'),
    expectedNetWei: bigOf(row, 'net_wei'),
    expectedNetUsd8: bigOf(row, 'net_usd8'),
    expectedGasWei: bigOf(row, 'gas_cost_wei'),
    expectedBidWei: bigOf(row, 'bid_wei'),
    legs: fatesOf(row).all,
    lost: fatesOf(row).lost,
    behind: row['behind'] === null ? null : (JSON.parse(textOf(row, 'behind')) as BehindRecord),
    answers: answersOf(textOf(row, 'answers')),
    mined: minedOf(row),
  }))
}
