import { id, zeroPadValue, toBeHex } from 'ethers'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Address, Hex } from '../../src/domain/chain.js'
import { executorInterface } from '../../src/execution/executor/interface.js'
import type { BlockInfo, Receipt, ReceiptLog } from '../../src/execution/receipt.js'
import { NATIVE, accountsOf, bookReceipt } from '../../src/ledger/booking.js'
import { SqliteLedger } from '../../src/ledger/sqlite-ledger.js'
import { valueInWei } from '../../src/ledger/totals.js'
import { A, H, someAttempt, someIntent } from '../execution/support/records.js'

const OPERATOR = A('a')
const EXECUTOR = A('e')
const PAYOUT = A('f')
const WETH = A('c')
const USDC = A('d')
const POOL = A('9')
const KNOWN = new Set([WETH, USDC])
const accounts = accountsOf(A('0'), PAYOUT, [OPERATOR], EXECUTOR)

let dir = ''
const opened: SqliteLedger[] = []
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ledger-'))
})
afterEach(() => {
  for (const ledger of opened.splice(0)) ledger.close()
  rmSync(dir, { recursive: true, force: true })
})
const open = (maxRefusals?: number): SqliteLedger => {
  const limit = maxRefusals === undefined ? {} : { maxRefusals }
  const ledger = new SqliteLedger({ dataDir: dir, accounts, wrappedNative: WETH, ...limit })
  opened.push(ledger)
  return ledger
}

const topic = (address: Address): Hex => zeroPadValue(address, 32) as Hex
const data = (value: bigint): Hex => zeroPadValue(toBeHex(value), 32) as Hex
const transfer = (token: Address, from: Address, to: Address, amount: bigint): ReceiptLog => ({
  address: token,
  topics: [id('Transfer(address,address,uint256)') as Hex, topic(from), topic(to)],
  data: data(amount),
})
const withdrawal = (account: Address, amount: bigint): ReceiptLog => ({
  address: WETH,
  topics: [id('Withdrawal(address,uint256)') as Hex, topic(account)],
  data: data(amount),
})
const executed = (gross: bigint, bid: bigint): ReceiptLog => {
  const { topics, data } = executorInterface.encodeEventLog('Executed', [OPERATOR, WETH, gross, bid])
  return { address: EXECUTOR, topics: topics as Hex[], data: data as Hex }
}

/** 10 000 USDC in and out again, 100 WETH in, 97 out, bid 2 of the gain of 3, 1 to the payout address. */
const receipt = (changes: Partial<Receipt> = {}): Receipt => ({
  transactionHash: H('1'),
  blockHash: H('2'),
  blockNumber: 101,
  from: OPERATOR,
  status: 1,
  gasUsed: 500_000n,
  effectiveGasPriceWei: 3n,
  extraFeeWei: 0n,
  logs: [
    transfer(USDC, POOL, EXECUTOR, 10_000n),
    transfer(USDC, EXECUTOR, A('8'), 10_000n),
    transfer(WETH, A('8'), EXECUTOR, 100n),
    transfer(WETH, EXECUTOR, POOL, 97n),
    withdrawal(EXECUTOR, 2n),
    transfer(WETH, EXECUTOR, PAYOUT, 1n),
    withdrawal(POOL, 77n),
    executed(3n, 2n),
  ],
  ...changes,
})
const reverted = (): Receipt => receipt({ status: 0, logs: [], transactionHash: H('4') })
const block = (hash: Hex, number = 101): BlockInfo => ({
  number,
  hash,
  timestamp: 1_700_000_000n,
  builder: A('b'),
  extraData: 'builder',
})

test('a receipt is booked to the unit: transfers net out, the unwrapped bid leaves as coin, gas is paid', () => {
  const booking = bookReceipt(receipt(), accounts, WETH, KNOWN)
  expect(booking.gasWei).toBe(1_500_000n)
  expect(booking.bidWei).toBe(2n)
  expect(booking.executed).toBe(true)
  expect(booking.deltas).toEqual(
    new Map([
      [WETH, 1n],
      [NATIVE, -1_500_000n],
    ]),
  )
})

test('wrapped coins that mint and burn by Transfer are not counted twice', () => {
  const logs = [transfer(WETH, POOL, EXECUTOR, 3n), transfer(WETH, EXECUTOR, A('0'), 2n), withdrawal(EXECUTOR, 2n)]
  const booking = bookReceipt(
    receipt({ logs: [...logs, executed(3n, 2n)] }),
    accountsOf(A('7'), PAYOUT, [OPERATOR], EXECUTOR),
    WETH,
    KNOWN,
  )
  expect(booking.deltas.get(WETH)).toBe(1n)
})

test('a reverted transaction costs its gas, on rollups with the fee of the parent chain', () => {
  const booking = bookReceipt({ ...reverted(), extraFeeWei: 7n }, accounts, WETH, KNOWN)
  expect(booking.deltas).toEqual(new Map([[NATIVE, -1_500_007n]]))
  expect(booking.executed).toBe(false)
})

test('booked twice counts once, also after a restart', () => {
  for (let i = 0; i < 3; i++) {
    const ledger = open()
    ledger.attempted(someIntent(), someAttempt())
    ledger.landed('intent-1', receipt(), block(H('2')))
    ledger.landed('intent-1', receipt(), block(H('2')))
    expect(ledger.report().deltas).toEqual(
      new Map([
        [WETH, 1n],
        [NATIVE, -1_500_000n],
      ]),
    )
    expect(ledger.landedPositions()).toEqual([`aave-v3-core/${A('b')}`])
  }
})

test('a reorg takes the booking back by block hash; the same transaction in another block counts once', () => {
  const ledger = open()
  ledger.attempted(someIntent(), someAttempt())
  ledger.landed('intent-1', receipt(), block(H('2')))
  ledger.reorged(H('1'))
  expect(ledger.report().deltas.size).toBe(0)
  expect(ledger.landedPositions()).toEqual([])
  ledger.landed('intent-1', receipt({ blockHash: H('3'), blockNumber: 102 }), block(H('3'), 102))
  expect(ledger.report().bookings.map((row) => row.blockHash)).toEqual([H('3')])
  // and back again to the first block, without a reorg being reported in between
  ledger.landed('intent-1', receipt(), block(H('2')))
  expect(ledger.report().bookings.map((row) => row.blockHash)).toEqual([H('2')])
  expect(ledger.report().deltas.get(NATIVE)).toBe(-1_500_000n)
})

test('the report adds up: days, outcomes, builders, expected against realised', () => {
  const ledger = open()
  ledger.attempted(someIntent(), someAttempt())
  ledger.attempted(someIntent({ id: 'intent-2' }), someAttempt({ intentId: 'intent-2', transactionHash: H('4') }))
  ledger.attempted(
    someIntent({ id: 'intent-3', dryRun: true }),
    someAttempt({ intentId: 'intent-3', transactionHash: H('5') }),
  )
  ledger.answered(H('1'), [{ relay: 'r', result: { kind: 'accepted' }, milliseconds: 3 }])
  ledger.landed('intent-1', receipt(), block(H('2')))
  ledger.landed('intent-2', { ...reverted(), blockHash: H('6') }, block(H('6'), 102))
  const landed = { kind: 'landed' as const, blockHash: H('2'), blockNumber: 101 }
  ledger.outcome({ intentId: 'intent-1', outcome: landed, transactionHash: H('1'), closed: true, atMs: 1 })
  const report = ledger.report()
  expect(report.days).toHaveLength(1)
  expect(report.days[0]).toMatchObject({
    day: '2023-11-14',
    transactions: 2,
    reverted: 1,
    gasWei: 3_000_000n,
    bidWei: 2n,
  })
  expect(report.outcomes).toEqual(
    new Map([
      ['landed', 1],
      ['pending', 1],
      ['dry-run', 1],
    ]),
  )
  expect(report.builders).toEqual(new Map([[A('b'), 2]]))
  expect(report.bookings[0]?.expectedNetWei).toBe(19n * 10n ** 16n)
  expect(report.dryRunNetWei).toBe(19n * 10n ** 16n)
  expect(report.attempts).toBe(3)
})

test('values are summed exactly and rounded down once', () => {
  const third = { numerator: 1n, denominator: 3n }
  const prices = new Map([
    [WETH, third],
    [USDC, third],
  ])
  const amounts = (a: bigint, b: bigint) =>
    new Map([
      [WETH, a],
      [USDC, b],
    ])
  expect(valueInWei(amounts(1n, 2n), prices)).toBe(1n)
  expect(valueInWei(amounts(2n, 3n), prices)).toBe(1n)
  expect(valueInWei(amounts(-1n, 0n), prices)).toBe(-1n)
  expect(valueInWei(amounts(-2n, 1n), prices)).toBe(-1n)
  expect(() => valueInWei(new Map([[POOL, 1n]]), prices)).toThrow(/no price/)
})

test('refusals: one row per position and reason, blocks counted once, growth bounded', () => {
  const ledger = open(10)
  const refusal = { market: 'm', position: A('1'), code: 'below-min-profit' as const, detail: '1 USD', figure: '1' }
  ledger.refused([refusal], 100)
  ledger.refused([refusal], 100)
  ledger.refused(
    [
      { ...refusal, detail: '2 USD', figure: '2' },
      { ...refusal, code: 'no-route' },
    ],
    101,
  )
  expect(ledger.refusals()).toEqual([
    { ...refusal, detail: '2 USD', figure: '2', firstBlock: 100, lastBlock: 101, count: 2 },
    { ...refusal, code: 'no-route', firstBlock: 101, lastBlock: 101, count: 1 },
  ])
  for (let i = 0; i < 30; i++) ledger.refused([{ ...refusal, position: `p${i}` }], 200 + i)
  const kept = ledger.refusals()
  expect(kept).toHaveLength(10)
  expect(kept.map((row) => row.firstBlock).sort()[0]).toBe(220)
})

test.each([
  ['no database at all', () => Buffer.from('this is not a database, it is a letter\n'.repeat(100))],
  [
    'damaged pages',
    (bytes: Buffer) => {
      bytes.fill(0xff, 3 * 4096, bytes.length - 4096)
      return bytes
    },
  ],
])('%s: one line that names the file and what to do, the file untouched', (_name, damage) => {
  const first = open()
  for (let i = 0; i < 50; i++) {
    first.refused([{ market: 'm', position: `p${i}`, code: 'no-route', detail: 'x'.repeat(200) }], i)
  }
  first.close()
  opened.pop()
  const path = join(dir, 'ledger.db')
  writeFileSync(path, damage(readFileSync(path)))
  const before = readFileSync(path)
  expect(() => open()).toThrow(/DATA_DIR: the ledger .*ledger\.db cannot be used .*move it/)
  expect(readFileSync(path).equals(before)).toBe(true)
  expect(statSync(path).size).toBe(before.length)
})
