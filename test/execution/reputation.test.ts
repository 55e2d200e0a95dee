import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAnvil, type Anvil } from '../../src/devnet/anvil.js'
import type { Head } from '../../src/domain/chain.js'
import type { Refusal } from '../../src/domain/refusal.js'
import { ReputationBudget } from '../../src/execution/reputation-budget.js'
import type { TrackedIntent } from '../../src/execution/records.js'
import { nodeSimulator } from '../../src/execution/node-simulator.js'
import type { Simulated, Simulator } from '../../src/execution/simulate.js'
import { until } from '../support/until.js'
import { bundleSink, type BundleSink } from './support/bundle-sink.js'
import {
  EXECUTOR,
  OPERATOR_KEY,
  askOver,
  headOf,
  makeKeeper,
  opportunityFor,
  type KeeperParts,
} from './support/keeper.js'
import { executorInterface } from '../../src/execution/executor/interface.js'
import { OperatorKey } from '../../src/execution/operator-key.js'

const executedTopic = executorInterface.getEvent('Executed')?.topicHash ?? ''

let anvil: Anvil
let sink: BundleSink
let dataDir = ''
let keeper: KeeperParts

beforeAll(async () => {
  anvil = await startAnvil({ autoMine: false })
  sink = await bundleSink()
})
afterAll(async () => {
  await sink.close()
  await anvil.stop()
})
const FAILS: Simulated = { kind: 'reverted', reason: 'spoilt', data: '0x' }
const PASSES: Simulated = { kind: 'done', gasUsed: 250_000n, gross: null, bid: null }

async function start(simulate: Simulator, failureBudget: number): Promise<void> {
  // anvil's second account
  const housekeeping = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d'
  keeper = makeKeeper({
    dataDir,
    ask: askOver(anvil.rpc),
    relayUrls: [sink.url],
    simulate,
    failureBudget,
    housekeeping,
  })
  await keeper.submitter.start(await headOf(anvil.rpc))
}
async function mine(blocks = 1): Promise<Head> {
  for (let i = 0; i < blocks; i++) await anvil.rpc('evm_mine', [])
  const head = await headOf(anvil.rpc)
  await keeper.submitter.onHead(head)
  return head
}
const code = (answer: Refusal | TrackedIntent): string => ('code' in answer ? answer.code : 'taken')

describe('a keeper with bundles', () => {
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'reputation-'))
    sink.bundles.length = sink.cancelled.length = 0
  })
  afterEach(async () => {
    await keeper.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  test.each([
    ['work that can wait', { housekeeping: true as const }],
    ['what is taken at a loss', { atLoss: true as const }],
  ])(
    '%s is run before it leaves: what fails there costs none of the failures that liquidations have',
    async (_, kind) => {
      let answer: Simulated = FAILS
      await start(() => Promise.resolve(answer), 1)
      let head = await headOf(anvil.rpc)
      for (const position of ['poke/1', 'poke/2', 'poke/3']) {
        const upkeep = opportunityFor(position, head, kind)
        expect(code(await keeper.submitter.offer(upkeep, head))).toBe('simulation-failed')
        head = await mine()
      }
      expect([sink.bundles.length, sink.cancelled.length]).toEqual([0, 0])
      answer = PASSES
      // with one key what is at a loss would find it taken
      for (const more of 'atLoss' in kind ? [{}] : [{}, kind])
        expect(
          code(await keeper.submitter.offer(opportunityFor(`p${Object.keys(more).length}`, head, more), head)),
        ).toBe('taken')
    },
  )

  test('what fails right after it was sent is cancelled, counted, and not sent again; then only what passed before leaves', async () => {
    let answer: Simulated = FAILS
    await start(() => Promise.resolve(answer), 2)
    let head = await headOf(anvil.rpc)
    for (const [i, position] of ['p1', 'p2'].entries()) {
      expect(code(await keeper.submitter.offer(opportunityFor(position, head, {}, 1), head))).toBe('taken')
      await until(() => sink.cancelled.length === i + 1, 'the cancellation')
      head = await mine()
    }
    expect(new Set(sink.cancelled)).toEqual(new Set(sink.bundles.map(({ uuid }) => uuid)))
    expect(code(await keeper.submitter.offer(opportunityFor('p2', head), head))).toBe('simulation-failed')
    // the budget is spent: a stranger is not sent, what passed no more than two blocks ago is
    expect(code(await keeper.submitter.offer(opportunityFor('p3', head), head))).toBe('not-simulated')
    answer = PASSES
    expect(await keeper.submitter.rehearse(opportunityFor('p3', head), head)).toBeNull()
    const third = await mine(2)
    expect(keeper.submitter.isPrepared(opportunityFor('p3', third), third)).toBe(true)
    expect(code(await keeper.submitter.offer(opportunityFor('p3', third), third))).toBe('taken')
    const late = await mine(1)
    const other = opportunityFor('p3', late)
    expect(keeper.submitter.isPrepared({ ...other, legs: other.legs }, { ...late, number: late.number + 3 })).toBe(
      false,
    )
  })

  test('a rehearsal that fails says why, and what it was for is held back', async () => {
    await start(() => Promise.resolve(FAILS), 20)
    const head = await headOf(anvil.rpc)
    expect(await keeper.submitter.rehearse(opportunityFor('p1', head), head)).toMatchObject({
      code: 'simulation-failed',
    })
    expect(code(await keeper.submitter.offer(opportunityFor('p1', head), head))).toBe('simulation-failed')
    expect(sink.bundles).toHaveLength(0)
  })

  test('a contract that looks at the fee recipient is found out by two environments', async () => {
    await start(() => Promise.resolve(PASSES), 20)
    // stands in for the executor: emits Executed(0, 0, gross, 0), with `block.coinbase` as the gain or one wei
    const executed = (gross: string): string => `0x${gross}5f525f5f7f${executedTopic.slice(2)}60405fa300`
    const head = await headOf(anvil.rpc)
    const simulate = nodeSimulator({ node: askOver(anvil.rpc), blockTimeSeconds: 1 })
    const from = new OperatorKey(OPERATOR_KEY).address
    const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 0n }
    const call = { from, executor: EXECUTOR, data: '0x' as const, gasLimit: 100_000n, fees, head, raw: null }
    await anvil.rpc('anvil_setCode', [EXECUTOR, executed('6001')])
    expect(await simulate(call)).toMatchObject({ kind: 'done', gross: 1n, bid: 0n })
    await anvil.rpc('anvil_setCode', [EXECUTOR, executed('41')])
    expect(await simulate(call)).toMatchObject({
      kind: 'reverted',
      reason: 'the outcome depends on who builds the block',
    })
    await anvil.rpc('anvil_setCode', [EXECUTOR, '0x'])
  })
})

test('the budget is that of the last hour', () => {
  let now = 0
  const budget = new ReputationBudget(2, () => now)
  budget.spend()
  now = 3_000_000
  budget.spend()
  expect(budget.isExhausted).toBe(true)
  now = 3_600_000
  expect(budget.isExhausted).toBe(false)
})
