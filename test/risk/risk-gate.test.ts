import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Opportunity } from '../../src/domain/opportunity.js'
import { silentLogger } from '../../src/domain/ports.js'
import type { Circumstances } from '../../src/risk/circumstances.js'
import { killFileOf, releaseKillSwitch } from '../../src/risk/kill-file.js'
import type { RiskLimits } from '../../src/risk/limits.js'
import { RiskGate } from '../../src/risk/risk-gate.js'
import { resetBreakers } from '../../src/risk/state-file.js'
import { H } from '../execution/support/records.js'
import { opportunityFor } from '../execution/support/keeper.js'

const NOW = Date.UTC(2026, 10, 21, 12)
const head = {
  ...{ number: 100, hash: H('1'), parentHash: H('2'), timestamp: BigInt(NOW / 1000) },
  ...{ baseFeePerGas: 10n ** 9n, gasLimit: 30_000_000n, gasUsed: 15_000_000n },
}
const limits: RiskLimits = {
  maxDailyLossUsd8: 50n * 10n ** 8n,
  maxConsecutiveReverts: 3,
  maxHeadAgeMs: 10_000,
  minOperatorWei: 10n ** 16n,
  maxExposureUsd8: 2000n * 10n ** 8n,
  maxExitShortfallBps: 20,
  maxFeeShareBps: 5100,
  maxGasPriceWei: null,
}
const circumstances: Circumstances = {
  nowMs: NOW,
  head,
  headReceivedAtMs: NOW,
  clockIsOurs: true,
  operatorBalanceWei: 2n * 10n ** 16n,
  gasLimit: 1_000_000n,
  maxFeePerGas: 10n ** 10n,
  gasPriceWei: 10n ** 9n,
  dataFeeWei: 0n,
  revertsAreCharged: false,
}

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'risk-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const gate = (changes: Partial<RiskLimits> = {}) =>
  new RiskGate({ dataDir: dir, limits: { ...limits, ...changes }, logger: silentLogger })
const opportunity = (changes: Partial<Opportunity> = {}): Opportunity => opportunityFor('p1', head, changes)
const ask = (g: RiskGate, changes: Partial<Circumstances> = {}, o = opportunity()): string =>
  g.ask(o, { ...circumstances, ...changes })?.code ?? 'passes'
const [leg] = opportunity().legs
if (leg === undefined) throw new Error('no leg')

test('at every limit exactly, the opportunity passes', () => {
  expect(ask(gate())).toBe('passes')
})

/** Each rule alone, one unit beyond its limit. */
const BEYOND: readonly [string, Partial<RiskLimits>, Partial<Circumstances>, Partial<Opportunity>][] = [
  ['stale-head', {}, { nowMs: NOW + 10_001, headReceivedAtMs: NOW }, {}],
  ['stale-head', {}, { nowMs: NOW + 10_001, headReceivedAtMs: NOW + 10_000 }, {}],
  ['operator-gas', {}, { operatorBalanceWei: 2n * 10n ** 16n - 1n }, {}],
  ['operator-gas', {}, { gasLimit: 1_000_001n }, {}],
  ['operator-gas', {}, { operatorBalanceWei: null }, {}],
  ['gas-price', { maxGasPriceWei: 10n ** 9n - 1n }, {}, {}],
  ['fee-share', {}, {}, { bidWei: 5n * 10n ** 16n + 1n }],
  ['fee-share', {}, {}, { grossWei: 0n }],
  ['exposure', { maxExposureUsd8: 2000n * 10n ** 8n - 1n }, {}, {}],
  ['exposure', {}, {}, { legs: [leg, leg] }],
  ['exit-price', { maxExitShortfallBps: 19 }, {}, {}],
  ['exit-price', {}, {}, { legs: [{ ...leg, exitShortfallBps: 21 }] }],
]
test.each(BEYOND)('%s refuses', (expected, limit, circumstance, change) => {
  expect(ask(gate(limit), circumstance, opportunity(change))).toBe(expected)
})

test('a clock that is not ours: only the time since the head came in counts', () => {
  const late = { nowMs: NOW + 60_000, headReceivedAtMs: NOW + 55_000 }
  expect(ask(gate(), late)).toBe('stale-head')
  expect(ask(gate(), { ...late, clockIsOurs: false })).toBe('passes')
})

test("a head from the future stretches what orders end by: refused where the clock is the world's", () => {
  const ahead = (milliseconds: number) => ({ nowMs: NOW - milliseconds, headReceivedAtMs: NOW - milliseconds })
  const strict = gate({ maxHeadLeadMs: 15_000 })
  expect([ask(strict, ahead(15_000)), ask(strict, ahead(15_001))]).toEqual(['passes', 'stale-head'])
  expect(ask(gate({ maxHeadLeadMs: null }), ahead(3_600_000))).toBe('passes')
})

test('the kill switch is a file: it works at once, survives a restart, and is released by deleting it', () => {
  const running = gate()
  writeFileSync(killFileOf(dir), '')
  expect(ask(running)).toBe('kill-switch')
  rmSync(killFileOf(dir))
  expect(ask(running)).toBe('passes')
  running.kill('SIGUSR2')
  expect(existsSync(killFileOf(dir))).toBe(true)
  expect(ask(gate())).toBe('kill-switch')
  releaseKillSwitch(dir)
  expect(ask(gate())).toBe('passes')
})

const tx = (transaction: string, usd: bigint, reverted = false, atMs = NOW) => ({
  transaction,
  blockHash: '0xb1',
  unpricedOut: [],
  atMs,
  netUsd8: usd * 10n ** 8n,
  reverted,
})

test('losses and gas of the UTC day: gains do not make up for them, the next day starts fresh', () => {
  const g = gate({ maxConsecutiveReverts: 100 })
  g.realised(tx('a', -20n, true))
  g.realised(tx('b', 500n))
  g.realised(tx('c', -29n, true))
  g.realised(tx('c', -29n, true))
  expect(g.standing(NOW).lossUsd8).toBe(49n * 10n ** 8n)
  expect(ask(g)).toBe('passes')
  g.realised(tx('d', -1n))
  expect(ask(g)).toBe('daily-loss')
  expect(ask(gate())).toBe('daily-loss')
  // tripped stays tripped for the day, even when a reorg takes the loss back
  g.takeBack('a')
  expect(g.standing(NOW).lossUsd8).toBe(30n * 10n ** 8n)
  expect(ask(g)).toBe('daily-loss')
  const tomorrow = NOW + 86_400_000
  const nextDay = { nowMs: tomorrow, headReceivedAtMs: tomorrow, head: { ...head, timestamp: BigInt(tomorrow / 1000) } }
  expect(ask(g, nextDay)).toBe('passes')
})

test('reverts in a row trip a breaker that only a reset opens; a success in between starts the row again', () => {
  const g = gate()
  g.realised(tx('a', -1n, true))
  g.realised(tx('b', -1n, true))
  g.realised(tx('c', 5n))
  g.realised(tx('d', -1n, true))
  g.realised(tx('e', -1n, true))
  expect(ask(g)).toBe('passes')
  g.realised(tx('f', -1n, true))
  expect(ask(g)).toBe('consecutive-reverts')
  g.realised(tx('g', 5n))
  expect(ask(g)).toBe('consecutive-reverts')
  expect(ask(gate())).toBe('consecutive-reverts')
  resetBreakers(dir)
  expect(ask(gate())).toBe('passes')
})

test("the agent's runs that revert in a row stop the agent and no liquidation, over a restart, until a reset", () => {
  const run = opportunity({ call: { to: leg.plan.debt.address, data: '0x' } })
  const g = gate()
  const byAgent = (name: string, reverted: boolean) => ({ ...tx(name, -1n, reverted), byAgent: true })
  for (const name of ['a', 'b', 'c']) g.realised(byAgent(name, true))
  expect([ask(g), ask(g, {}, run)]).toEqual(['passes', 'consecutive-reverts'])
  expect(g.standing(NOW).tripped).toEqual(['3 runs of the auction agent or at a loss in a row reverted'])
  // a run that lands makes no row of liquidations start again, and the other way round
  g.realised(tx('d', -1n, true))
  g.realised(byAgent('e', false))
  g.realised(tx('f', -1n, true))
  expect(ask(g)).toBe('passes')
  g.realised(tx('g', -1n, true))
  expect([ask(g), ask(gate(), {}, run)]).toEqual(['consecutive-reverts', 'consecutive-reverts'])
  resetBreakers(dir)
  expect([ask(gate()), ask(gate(), {}, run)]).toEqual(['passes', 'passes'])
})

test('a state that an earlier keeper wrote knows of no agent', () => {
  gate().realised(tx('a', -1n, true))
  const path = join(dir, 'risk.json')
  const state = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  const realised = state['realised'] as Record<string, unknown>[]
  delete state['agentReverts']
  for (const one of realised) delete one['byAgent']
  writeFileSync(path, JSON.stringify(state))
  expect(gate().standing(NOW)).toMatchObject({ revertsInARow: 1, tripped: [] })
})

test('a transaction reported again after a restart, a day later, counts on its own day and once', () => {
  const g = gate()
  g.realised(tx('a', -49n, true))
  const again = gate()
  again.realised(tx('b', -1n, true, NOW + 86_400_000))
  again.realised(tx('a', -49n, true))
  expect(again.standing(NOW).lossUsd8).toBe(49n * 10n ** 8n)
  expect(again.standing(NOW).revertsInARow).toBe(2)
})

test('a damaged state stops the start and is not overwritten', () => {
  const path = join(dir, 'risk.json')
  gate().realised(tx('a', -60n))
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, -5))
  const damaged = readFileSync(path, 'utf8')
  expect(() => gate()).toThrow(/DATA_DIR: .*risk\.json cannot be read .*move the file aside/)
  expect(readFileSync(path, 'utf8')).toBe(damaged)
})

test('the refusal says the figures', () => {
  const refusal = gate().ask(opportunity({ bidWei: 9n * 10n ** 16n }), circumstances)
  expect(refusal).toEqual({
    code: 'fee-share',
    detail: 'gas and bid take 9100 bps of the gain of 100000000000000000 wei, the limit is 5100 bps',
    figure: '91000000000000000',
  })
})

test('where a revert is charged, its whole cost must fit into what is left of the daily loss', () => {
  const { netWei, netUsd8 } = opportunity()
  const charged = { revertsAreCharged: true }
  // gas limit × price is worth exactly the limit: 1e15 wei at the gain's own rate, rounded up
  const costUsd8 = (circumstances.gasLimit * circumstances.gasPriceWei * netUsd8 + netWei - 1n) / netWei
  expect(ask(gate({ maxDailyLossUsd8: costUsd8 }), charged)).toBe('passes')
  expect(ask(gate({ maxDailyLossUsd8: costUsd8 - 1n }), charged)).toBe('daily-loss')
  expect(ask(gate({ maxDailyLossUsd8: costUsd8 - 1n }))).toBe('passes')
  // the fee for the data is charged too, to the same balance
  const dataFeeWei = 10n ** 12n
  expect(ask(gate(), { dataFeeWei })).toBe('operator-gas')
  const operatorBalanceWei = (circumstances.operatorBalanceWei ?? 0n) + dataFeeWei
  expect(ask(gate({ maxDailyLossUsd8: costUsd8 }), { ...charged, dataFeeWei, operatorBalanceWei })).toBe('daily-loss')
  const g = gate({ maxDailyLossUsd8: costUsd8 })
  g.realised({ ...tx('x', 0n), netUsd8: -1n })
  expect(ask(g, charged)).toBe('daily-loss')
})

test('where a revert is charged, a run of the agent may be meant to lose, as far as its revert is bounded; an order may not', () => {
  const charged = { revertsAreCharged: true }
  const loses = { netWei: -(10n ** 15n), netUsd8: -200_000_001n }
  const run = opportunity({ ...loses, call: { to: leg.plan.debt.address, data: '0x' } })
  // gas limit × price is worth as much as the run is expected to lose
  expect(circumstances.gasLimit * circumstances.gasPriceWei).toBe(10n ** 15n)
  expect(ask(gate({ maxDailyLossUsd8: 200_000_001n }), charged, run)).toBe('passes')
  expect(ask(gate({ maxDailyLossUsd8: 200_000_000n }), charged, run)).toBe('daily-loss')
  expect(ask(gate(), charged, opportunity(loses))).toBe('below-min-profit')
  expect(ask(gate(), charged, { ...run, netWei: 0n })).toBe('below-min-profit')
})

test('tokens of unknown worth that left us trip a breaker that only a reset opens; what could be valued counts', () => {
  const g = gate()
  g.realised({ ...tx('a', -2n), unpricedOut: [leg.plan.debt.address] })
  expect(g.standing(NOW).lossUsd8).toBe(2n * 10n ** 8n)
  expect(g.standing(NOW).tripped.join()).toContain(leg.plan.debt.address)
  expect(ask(g)).toBe('unpriced-loss')
  g.realised(tx('b', 500n))
  g.takeBack('a')
  expect(ask(g)).toBe('unpriced-loss')
  expect(ask(gate())).toBe('unpriced-loss')
  resetBreakers(dir)
  expect(ask(gate())).toBe('passes')
})

test('what was reset stays reset when the tracker reports again what was not final', () => {
  const strange = { ...tx('c', -60n, true), unpricedOut: [leg.plan.debt.address] }
  const all = [tx('a', -1n, true), tx('b', -1n, true), strange]
  for (const one of all) gate().realised(one)
  expect(gate().standing(NOW).tripped).toHaveLength(3)
  resetBreakers(dir)
  const g = gate()
  for (const one of all) g.realised(one)
  expect(ask(g)).toBe('passes')
  expect(g.standing(NOW)).toEqual({ lossUsd8: 0n, revertsInARow: 0, tripped: [] })
  // in another block it is another event
  g.realised({ ...strange, blockHash: '0xb2' })
  expect(ask(g)).toBe('daily-loss')
})

test('a transaction that comes again in another block counts once, also where nobody took the first back', () => {
  const g = gate()
  g.realised(tx('a', -30n, true))
  g.realised({ ...tx('a', -29n, true), blockHash: '0xb2' })
  expect(g.standing(NOW)).toMatchObject({ lossUsd8: 29n * 10n ** 8n, revertsInARow: 1 })
  g.takeBack('a')
  expect(gate().standing(NOW)).toMatchObject({ lossUsd8: 0n, revertsInARow: 0 })
})

test('a loss of yesterday that is told late does not open what tripped today', () => {
  const g = gate({ maxConsecutiveReverts: 100 })
  g.realised(tx('today', -60n))
  g.realised(tx('yesterday', -60n, false, NOW - 86_400_000))
  g.takeBack('today')
  expect(ask(g)).toBe('daily-loss')
})

test('a state that an older keeper wrote is read', () => {
  const path = join(dir, 'risk.json')
  gate().realised(tx('a', -49n))
  const { unpriced, ...older } = JSON.parse(readFileSync(path, 'utf8')) as { unpriced: null }
  expect(unpriced).toBeNull()
  writeFileSync(path, JSON.stringify(older))
  expect(gate().standing(NOW).lossUsd8).toBe(49n * 10n ** 8n)
})
