import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reportJson, reportText } from '../../src/cli/report-view.js'
import type { Address, Hex } from '../../src/domain/chain.js'
import type { Outcome } from '../../src/domain/opportunity.js'
import type { Receipt, ReceiptLog } from '../../src/execution/receipt.js'
import type { LegRecord } from '../../src/execution/records.js'
import { id, toBeHex, zeroPadValue } from 'ethers'
import { NATIVE, accountsOf } from '../../src/ledger/booking.js'
import { partsOf } from '../../src/ledger/by-market.js'
import { SqliteLedger } from '../../src/ledger/sqlite-ledger.js'
import { A, H, someAttempt, someIntent } from '../execution/support/records.js'

const [OPERATOR, EXECUTOR, PAYOUT, WETH] = [A('a'), A('6'), A('f'), A('c')]
const USD = 10n ** 8n

let dir = ''
let ledger: SqliteLedger
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'report-'))
  const accounts = accountsOf(A('7'), PAYOUT, [OPERATOR], EXECUTOR)
  ledger = new SqliteLedger({ dataDir: dir, accounts, wrappedNative: WETH })
  const named = [
    { address: NATIVE, symbol: 'ETH', decimals: 18 },
    { address: WETH, symbol: 'WETH', decimals: 18 },
  ]
  ledger.named(named)
})
afterEach(() => {
  ledger.close()
  rmSync(dir, { recursive: true, force: true })
})

const [template] = someAttempt().opportunity.legs
const leg = (market: string, position: string, gross: bigint): LegRecord => {
  if (template === undefined) throw new Error('no leg')
  return { ...template, market, position, gross }
}
const topic = (address: Address): Hex => zeroPadValue(address, 32) as Hex
const gain = (token: Address, amount: bigint): ReceiptLog => ({
  address: token,
  topics: [id('Transfer(address,address,uint256)') as Hex, topic(A('9')), topic(PAYOUT)],
  data: zeroPadValue(toBeHex(amount), 32) as Hex,
})

interface Case {
  readonly name: string
  readonly digit: string
  readonly outcome: Outcome
  readonly legs: readonly LegRecord[]
  readonly expected: bigint
  /** Null where it was never mined. */
  readonly netUsd8: bigint | null
  readonly logs?: readonly ReceiptLog[]
  readonly unpriced?: readonly Address[]
}

const mined = (kind: 'landed' | 'reverted', digit: string): Outcome => ({ kind, blockHash: H(digit), blockNumber: 101 })

function keep({ name, digit, outcome, legs, expected, netUsd8, logs = [], unpriced = [] }: Case): void {
  const transactionHash = H(digit)
  const opportunity = { ...someAttempt().opportunity, legs, netUsd8: expected }
  ledger.attempted(someIntent({ id: name }), someAttempt({ transactionHash, intentId: name, opportunity }))
  const rejected = { kind: 'rejected' as const, message: 'block gas limit reached' }
  ledger.answered(transactionHash, [{ relay: 'relay.example', result: rejected, milliseconds: 3 }])
  if (netUsd8 !== null) {
    const status = outcome.kind === 'reverted' ? 0 : 1
    const fees = { gasUsed: 500_000n, effectiveGasPriceWei: 2n * 10n ** 9n, extraFeeWei: 0n }
    const at = { transactionHash, blockHash: H(digit), blockNumber: 101, from: OPERATOR }
    const receipt: Receipt = { ...at, ...fees, status, logs }
    const header = { number: 101, hash: H(digit), timestamp: 1_700_000_000n, builder: A('b'), extraData: 'Titan' }
    ledger.landed(name, receipt, header)
    ledger.valued(transactionHash, H(digit), netUsd8, unpriced)
  }
  ledger.outcome({ intentId: name, outcome, transactionHash: null, closed: true, atMs: 1 })
}

test('by day, market, outcome and token; the parts are the whole; what nobody knows is told apart', () => {
  const [core, prime] = [leg('core', A('1'), 2n), leg('prime', A('2'), 1n)]
  const common = { legs: [core], expected: 30n * USD }
  keep({ ...common, name: 'one', digit: '1', outcome: mined('landed', '1'), legs: [core, prime], netUsd8: 100n * USD })
  keep({ ...common, name: 'two', digit: '2', outcome: mined('reverted', '2'), netUsd8: -2n * USD })
  const strange = { logs: [gain(A('5'), 77n), gain(A('d'), 5n)], unpriced: [A('d')] }
  keep({ ...common, name: 'three', digit: '3', outcome: mined('landed', '3'), netUsd8: -USD, ...strange })
  keep({ ...common, name: 'four', digit: '4', outcome: { kind: 'expired' }, netUsd8: null })
  keep({ ...common, name: 'five', digit: '8', outcome: { kind: 'outbid', by: A('9') }, netUsd8: null })
  ledger.refused([{ market: 'core', position: A('3'), code: 'no-exit', detail: '\u001b[2Jno depth', figure: '1' }], 101)

  const report = ledger.report()
  expect(report.markets.map(({ market, netUsd8, positions }) => [market, netUsd8, positions])).toEqual([
    ['core', 6_666_666_666n - 3n * USD, 0],
    ['prime', 3_333_333_334n, 0],
  ])
  const total = (figure: 'netUsd8' | 'expectedNetUsd8' | 'gasWei' | 'bidWei'): bigint =>
    report.markets.reduce((sum, row) => sum + row[figure], 0n)
  for (const figure of ['netUsd8', 'expectedNetUsd8', 'gasWei', 'bidWei'] as const)
    expect([total(figure), report.days.reduce((sum, day) => sum + day[figure], 0n)]).toEqual([
      report[figure],
      report[figure],
    ])
  const rows = new Map(report.outcomeRows.map(({ outcome, ...row }) => [outcome, row]))
  const missed = { intents: 1, positions: 1, expectedNetUsd8: 30n * USD, netUsd8: 0n }
  expect(rows.size).toBe(4)
  expect([rows.get('expired'), rows.get('outbid')]).toEqual([missed, missed])
  expect(rows.get('landed')).toMatchObject({ intents: 2, expectedNetUsd8: 60n * USD, netUsd8: 99n * USD })
  expect(rows.get('reverted')).toEqual({ ...missed, netUsd8: -2n * USD })
  expect(report.strays).toEqual(new Map([[A('5'), 77n]]))
  expect([report.unvalued, report.deltas.get(A('d'))]).toEqual([1, 5n])

  const refusals = ledger.refusals()
  const text = reportText(report, refusals).join('\n')
  process.stdout.write(`${text}\n`)
  expect(text).toMatch(/^core +3 +1 +0 +\$80\.00 +\$63\.66 +0\.002666 +0\.000000$/m)
  expect(text).toMatch(/^expired +1 +1 +\$30\.00 +\$0\.00$/m)
  expect(text).toMatch(/expired .* relay\.example rejected: block gas limit reached$/m)
  expect(text).toMatch(/-\$1\.00\*/)
  expect(text).toMatch(/^no-exit +1 +101 +\[2Jno depth$/m)
  expect(text).toMatch(/^unvalued +1 transactions/m)
  expect(text).toMatch(new RegExp(`Claimed by unknown contracts, not counted\\n.*\\n.*\\n\\S+ +77 raw +${A('5')}`))

  const json = JSON.parse(reportJson(report, refusals)) as {
    markets: Record<string, unknown>[]
    attemptRows: Record<string, unknown>[]
  }
  expect(json.markets[0]).toMatchObject({ market: 'core', netUsd8: (6_666_666_666n - 3n * USD).toString() })
  const figures = { blockNumber: 101, builder: A('b'), gasWei: (10n ** 15n).toString(), bidWei: '0' }
  expect(json.attemptRows.find(({ intentId }) => intentId === 'two')).toMatchObject({
    outcome: 'reverted',
    expectedNetUsd8: (30n * USD).toString(),
    mined: { ...figures, netUsd8: (-2n * USD).toString() },
  })
})

test('parts add up to the whole, losses too', () => {
  for (const whole of [0n, 1n, -1n, 100n, -101n, 10n ** 30n + 1n])
    for (const weights of [[1n], [1n, 1n, 1n], [0n, 5n, 2n], [10n ** 18n, 1n]]) {
      const parts = partsOf(whole, weights)
      expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(whole)
      expect(parts.every((part) => part === 0n || part < 0n === whole < 0n)).toBe(true)
    }
})
