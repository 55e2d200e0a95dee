import { nextBaseFee } from '../../src/domain/base-fee.js'
import { atLeastReplacing, feesFor, worstBaseFee } from '../../src/execution/fees.js'
import { startAnvil } from '../../src/devnet/anvil.js'
import type { Hex } from '../../src/domain/chain.js'
import { readReceipt } from '../../src/execution/receipt.js'
import { SimulationMemory, overGas } from '../../src/execution/simulation-memory.js'
import { verdictOfSimulation } from '../../src/execution/simulations.js'
import { Terms } from '../../src/execution/terms.js'
import { revertReason } from '../../src/execution/revert-reason.js'
import { executorInterface } from '../../src/execution/executor/interface.js'
import { nodeSimulator } from '../../src/execution/node-simulator.js'
import { EXECUTOR, askOver, headOf, opportunityFor } from './support/keeper.js'
import { A, H } from './support/records.js'
import { Interface } from 'ethers'

const at = (baseFeePerGas: bigint, gasUsed: bigint) => ({ baseFeePerGas, gasUsed, gasLimit: 30_000_000n })

test('the next base fee is EIP-1559 to the wei', () => {
  expect(nextBaseFee(at(1000n, 15_000_000n))).toBe(1000n)
  expect(nextBaseFee(at(1000n, 30_000_000n))).toBe(1125n)
  expect(nextBaseFee(at(1000n, 0n))).toBe(875n)
  expect(nextBaseFee(at(1n, 30_000_000n))).toBe(2n)
  expect(nextBaseFee(at(1_000_000_007n, 20_000_000n))).toBe(1_041_666_673n)
})

test('the fee ceiling covers as many full blocks as the order may wait, whatever the start', () => {
  for (const start of [1n, 7n, 1_000_000_007n, 10n ** 11n + 3n]) {
    let fee = start
    for (let blocks = 0; blocks <= 10; blocks++) {
      expect(worstBaseFee(start, blocks)).toBeGreaterThanOrEqual(fee)
      fee = nextBaseFee(at(fee, 30_000_000n))
    }
  }
  const head = { ...at(1000n, 15_000_000n), number: 1, hash: H('1'), parentHash: H('2'), timestamp: 1n }
  expect(feesFor(head, 5n, 0)).toEqual({ maxFeePerGas: 1005n, maxPriorityFeePerGas: 5n })
})

test('a replacement raises both fees by more than a tenth', () => {
  const next = atLeastReplacing(
    { maxFeePerGas: 10n, maxPriorityFeePerGas: 0n },
    { maxFeePerGas: 100n, maxPriorityFeePerGas: 10n },
  )
  expect(next.maxFeePerGas).toBeGreaterThanOrEqual(110n)
  expect(next.maxPriorityFeePerGas).toBeGreaterThanOrEqual(11n)
})

test('revert bytes get a name', () => {
  const named = new Interface(['error MustNotLeaveDust()', 'error Error(string)', 'error Panic(uint256)'])
  expect(revertReason(executorInterface.encodeErrorResult('ProfitTooLow', [12, 3]) as Hex)).toBe('ProfitTooLow(12, 3)')
  expect(revertReason(named.encodeErrorResult('MustNotLeaveDust', []) as Hex)).toBe('MustNotLeaveDust()')
  expect(revertReason(named.encodeErrorResult('Error', ['45']) as Hex)).toBe('HealthFactorNotBelowThreshold')
  expect(revertReason(named.encodeErrorResult('Error', ['STF']) as Hex)).toBe('STF')
  expect(revertReason(named.encodeErrorResult('Panic', [17]) as Hex)).toBe('Panic(17)')
  expect(revertReason('0x')).toBe('reverted without a reason')
  expect(revertReason('0xdeadbeef')).toBe('unknown error 0xdeadbeef')
  expect(revertReason('0x08c379a0ffff')).toBe('unknown error 0x08c379a0')
})

test('the simulation runs the exact call on the next block, with an unforeseeable fee recipient', async () => {
  const anvil = await startAnvil()
  try {
    const head = await headOf(anvil.rpc)
    const request = {
      ...{ from: A('a'), executor: EXECUTOR, data: '0x12345678' as Hex, gasLimit: 1_000_000n, head, raw: null },
      fees: feesFor(head, 1n, 2),
    }
    const balances = { [A('a')]: { balance: '0x56bc75e2d63100000' as Hex } }
    const withCode = (code: Hex) =>
      nodeSimulator({ node: askOver(anvil.rpc), blockTimeSeconds: 12, override: { ...balances, [EXECUTOR]: { code } } })
    // LOG3(Executed topics) with gross = block.number; nothing happens when the coinbase is zero
    const { topics } = executorInterface.encodeEventLog('Executed', [A('a'), A('c'), 0, 0])
    const push = (word: string): string => `7f${word.slice(2)}`
    const body = `4360005248602052${[...topics].reverse().map(push).join('')}60406000a3`
    const done = await withCode(`0x41${'15'}60${'00'}50${body}00`)(request)
    expect(done).toMatchObject({ kind: 'done', gross: BigInt(head.number + 1) })
    expect(done.kind === 'done' ? done.gasUsed : 0n).toBeGreaterThan(21_000n)
    // revert with ProfitTooLow's selector
    const revert = executorInterface.encodeErrorResult('ProfitTooLow', [0, 0]).slice(0, 10)
    const failed = await withCode(`0x63${revert.slice(2)}60e01b60005260446000fd`)(request)
    expect(failed).toMatchObject({ kind: 'reverted', reason: 'ProfitTooLow(0, 0)' })
    const nothing = await withCode('0x00')(request)
    expect(nothing).toMatchObject({ kind: 'reverted', reason: expect.stringContaining('no executor') as string })
    const broken = nodeSimulator({
      node: { request: () => Promise.reject(new Error('method not found')) },
      blockTimeSeconds: 12,
    })
    expect(await broken(request)).toEqual({ kind: 'unavailable', why: 'method not found' })
  } finally {
    await anvil.stop()
  }
})

test('the gas limit holds what Arbitrum takes out of it for the data, and the chain allows no more than its most', () => {
  const terms = new Terms({ submission: 'sequencer', bid: 'none', tipWei: 0n, maxTransactionGas: 2_000_000n })
  const head = { ...at(1n, 0n), number: 1, hash: H('1'), parentHash: H('2'), timestamp: 1n }
  const plain = opportunityFor('p', head)
  expect(terms.gasLimitOf(plain, 300_000n)).toBe(390_000n)
  expect(terms.gasLimitOf({ ...plain, dataGas: 900_000n }, 300_000n)).toBe(1_290_000n)
  expect(terms.gasLimitOf({ ...plain, dataGas: 9_000_000n }, null)).toBe(2_000_000n)
})

test('a run of the agent may use half as much gas again as it was weighed with, whatever a simulation used', () => {
  const head = { ...at(1n, 0n), number: 1, hash: H('1'), parentHash: H('2'), timestamp: 1n }
  const run = opportunityFor('p', head, { gas: 300_000n, call: { to: A('7'), data: '0x' } })
  const used = (gasUsed: bigint) => ({ kind: 'done' as const, gasUsed, gross: null, bid: null })
  for (const submission of ['bundle', 'sequencer'] as const) {
    const terms = new Terms({ submission, bid: 'none', tipWei: 0n, maxTransactionGas: 2_000_000n })
    for (const simulated of [null, 100_000n, 1_000_000n]) expect(terms.gasLimitOf(run, simulated)).toBe(450_000n)
    expect(terms.gasLimitOf({ ...run, dataGas: 50_000n }, null)).toBe(500_000n)
  }
  // a fifth of what was used may have been given back as refunds: the limit must hold what was used before them
  expect(overGas(run, used(360_000n))).toBeNull()
  expect(overGas(run, used(360_002n))).toMatch(/^it used 360002 gas, which its limit of 450000 does not hold/)
  expect(verdictOfSimulation(run, used(1_000_000n), true)?.code).toBe('simulation-failed')
  expect(overGas(opportunityFor('p', head, { gas: 300_000n }), used(1_000_000n))).toBeNull()
  // it counts for one block, so that a contract that behaves again is called again
  const memory = new SimulationMemory()
  memory.keep(run, head, used(1_000_000n))
  expect(memory.failure(run, { ...head, number: 2 })).toMatch(/^it used 1000000 gas/)
  expect([memory.isPrepared(run, head), memory.failure(run, { ...head, number: 3 })]).toEqual([false, null])
})

test('what is paid as a tip is known when a replacement must outbid it, also where others bid in the contract', () => {
  const head = { ...at(100n, 15_000_000n), number: 1, hash: H('1'), parentHash: H('2'), timestamp: 1n }
  const terms = new Terms({ submission: 'privateRpc', bid: 'coinbase', tipWei: 0n, maxTransactionGas: 2_000_000n })
  const tip = { gas: 1_000n, bidWei: 8_000n }
  const excess = (changes: Parameters<typeof opportunityFor>[2]): bigint => {
    const one = opportunityFor('p', head, { ...tip, ...changes })
    return terms.tipExcessOf(one, terms.feesOf(one, head, terms.feesOf(one, head, null)))
  }
  for (const changes of [{ atLoss: true as const }, { call: { to: A('7'), data: '0x' as const } }])
    expect(excess(changes)).toBe(2_000n)
  expect(excess({})).toBe(0n)
})

test("a receipt's operator fee is booked: Isthmus and Jovian by op-geth's own figures", () => {
  const raw = {
    ...{ transactionHash: H('1'), blockHash: H('2'), blockNumber: '0x1', from: A('a'), status: '0x1', logs: [] },
    ...{ gasUsed: '0x652', effectiveGasPrice: '0x1', l1Fee: '0x5' },
  }
  const hex = (value: bigint): string => `0x${value.toString(16)}`
  const operator = { operatorFeeScalar: hex(1_439_103_868n), operatorFeeConstant: hex(1_256_417_826_609_331_460n) }
  expect(readReceipt(raw, H('1'))?.extraFeeWei).toBe(5n)
  expect(readReceipt({ ...raw, ...operator }, H('1'))?.extraFeeWei).toBe(1_256_417_826_611_659_935n)
  const jovian = { ...raw, ...operator, daFootprintGasScalar: '0x190' }
  expect(readReceipt(jovian, H('1'))?.extraFeeWei).toBe(1_256_650_673_615_173_865n)
})
