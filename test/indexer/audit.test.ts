import { AuditAlarm } from '../../src/indexer/audit-alarm.js'
import { AuditSample } from '../../src/indexer/audit-sample.js'
import type { Address } from '../../src/domain/chain.js'
import { Recorder } from '../support/recorder.js'
import { until } from '../support/until.js'
import { Rig, borrowerOf, type Keeper } from './support/rig.js'

const WETH = 10n ** 18n
const USDC = 10n ** 6n
const accounts = Array.from({ length: 6 }, (_, n) => borrowerOf(700 + n))
const at = (n: number): Address => accounts[n] ?? borrowerOf(700 + n)
const NO_METHOD = { error: { code: -32601, message: 'method not found' } }

interface Log {
  readonly topics: readonly string[]
  readonly address: string
}

describe('the audit', () => {
  let rig: Rig
  let keeper: Keeper | undefined

  beforeAll(async () => {
    rig = await Rig.start()
    for (const account of accounts) {
      await rig.bed.supply('WETH', account, 3n * WETH)
      await rig.bed.borrow('USDC', account, 2_000n * USDC)
    }
  }, 180_000)
  afterAll(() => rig.stop())
  afterEach(async () => {
    await keeper?.stop()
    keeper = undefined
    rig.node.answer = () => undefined
    rig.node.rewrite = (_question, result) => result
  })

  /** A node that leaves out logs, and has no receipts by which that could be noticed. */
  const hide = (which: (log: Log) => boolean): { hidden: number } => {
    const counter = { hidden: 0 }
    rig.node.answer = ({ method }) => (method === 'eth_getBlockReceipts' ? NO_METHOD : undefined)
    rig.node.rewrite = ({ method }, result) => {
      if (method !== 'eth_getLogs') return result
      const kept = (result as Log[]).filter((log) => !which(log))
      counter.hidden += (result as Log[]).length - kept.length
      return kept
    }
    return counter
  }
  const equalsChain = async (one: Keeper): Promise<void> => {
    await rig.caughtUp(one)
    expect(rig.replicaFigures(one)).toEqual(await rig.chainFigures(accounts))
  }

  it('finds, repairs, tells and counts what a node has kept back', async () => {
    keeper = await rig.keeper({ audit: { sample: 0, candidates: 8, maxPerHour: 0 } })
    const { seen, indexer } = keeper
    await rig.caughtUp(keeper)
    const mint = rig.bed.market.pool.abi.getEvent('Supply')?.topicHash
    const own = at(1).slice(2)
    const counter = hide(({ topics }) => topics[0] !== mint && topics.some((topic) => topic.endsWith(own)))
    await rig.bed.supply('WETH', at(1), WETH)
    await rig.caughtUp(keeper)
    expect(counter.hidden).toBeGreaterThan(0)
    expect(rig.replicaFigures(keeper)).not.toEqual(await rig.chainFigures(accounts))
    hide(() => false)
    expect([seen.counted('audit_differences'), indexer.auditNotes()]).toEqual([0, []])
    // the keeper names whom it would act on
    indexer.auditNext(rig.market.id, [at(1)])
    await rig.bed.setPrice('DAI', 1_00000003n)
    await until(() => seen.counted('audit_differences') === 1, 'the difference')
    await until(() => (keeper?.updates.at(-1)?.touched.size ?? 0) > 0, 'the position was read anew')
    await equalsChain(keeper)
    const told = seen.lines.filter(({ event, fields }) => event === 'audit' && fields['position'] !== undefined)
    expect(told.map(({ fields }) => [fields['position'], fields['debtBaseDelta']])).toEqual([[at(1), '0']])
    expect(told[0]?.fields['collateralBaseDelta']).toMatch(/^-\d{9,}$/)
    const [note] = indexer.auditNotes()
    expect(note).toMatch(/1 positions or prices differed from the contract within an hour, the limit is 0/)
    expect(seen.lines.filter(({ level, event }) => level === 'error' && event === 'audit')).toHaveLength(1)
    expect(seen.gauges.get(`audit_alarm ${rig.market.id}`)).toBe(1)
  })

  it('reads the market anew when positions read anew still differ: the reserve itself is wrong', async () => {
    keeper = await rig.keeper({ audit: { sample: 20, candidates: 8 } })
    const { seen } = keeper
    await rig.caughtUp(keeper)
    const update = rig.bed.market.pool.abi.getEvent('ReserveDataUpdated')?.topicHash
    hide(({ topics }) => topics[0] === update)
    await rig.bed.borrow('USDC', at(2), 1_500n * USDC)
    await rig.caughtUp(keeper)
    hide(() => false)
    // the rate that was kept back shows with time
    await rig.bed.anvil.rpc('evm_increaseTime', [5_000_000])
    for (let i = 0; seen.counted('market_restarts') === 0 && i < 400; i++) {
      await rig.bed.setPrice('DAI', 1_00000100n + BigInt(i))
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
    expect(seen.counted('market_restarts')).toBe(1)
    await until(() => keeper?.indexer.isReady(rig.market.id) === true, 'the market is back')
    await equalsChain(keeper)
  })

  it('is loud when it cannot be made, and goes on', async () => {
    keeper = await rig.keeper({ audit: { sample: 5, candidates: 8 } })
    const { seen } = keeper
    await rig.caughtUp(keeper)
    // the market's own reads go on: one batch of the audit holds getUserAccountData
    rig.node.answer = ({ method, params }) =>
      method === 'eth_call' && JSON.stringify(params).includes('bf92857c')
        ? { error: { code: -32000, message: 'out of order' } }
        : undefined
    await rig.bed.setPrice('DAI', 1_00000200n)
    await until(() => seen.counted('audit_failures') > 0, 'a failure')
    expect(seen.text()).toContain('out of order')
    rig.node.answer = () => undefined
    const before = seen.counted('audit_checked')
    await rig.bed.setPrice('DAI', 1_00000201n)
    await until(() => seen.counted('audit_checked') > before, 'an audit')
    await equalsChain(keeper)
    expect(seen.counted('audit_differences')).toBe(0)
  })

  it('takes a block that is gone for no difference', async () => {
    keeper = await rig.keeper({ audit: { sample: 20, candidates: 8 } })
    const { seen } = keeper
    await rig.bed.anvil.rpc('evm_mine', [])
    for (let i = 0; i < 12; i++) {
      await rig.caughtUp(keeper)
      await rig.bed.setPrice('WETH', 2_000_00000000n + BigInt(i))
      await new Promise((resolve) => setTimeout(resolve, 200 + i * 8))
      await rig.bed.anvil.rpc('anvil_reorg', [1, []])
    }
    await equalsChain(keeper)
    expect([seen.counted('audit_differences'), seen.counted('audit_price_differences')]).toEqual([0, 0])
  })
})

describe('the alarm', () => {
  it('counts an hour, is raised above the limit once, ends by itself, and says when nobody watches', () => {
    const seen = new Recorder()
    let now = 0
    const alarm = new AuditAlarm({ market: 'm', maxPerHour: 2, logger: seen, metrics: seen, now: () => now })
    const errors = (): number => seen.lines.filter(({ level }) => level === 'error').length
    alarm.made(2)
    expect(alarm.text).toBeNull()
    now += 60_000
    alarm.made(1)
    alarm.made(5)
    expect([alarm.text, errors()]).toEqual([expect.stringMatching(/^m: 8 positions/), 1])
    now += 3_600_000
    alarm.made(0)
    expect([alarm.text, errors(), seen.gauges.get('audit_alarm m')]).toEqual([null, 1, 0])
    for (let i = 0; i < 20; i++) alarm.failed('no answer', false)
    expect(alarm.text).toMatch(/the last 20 comparisons .* could not be made/)
    expect([errors(), seen.counted('audit_failures')]).toEqual([2, 20])
    expect(seen.lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
    alarm.made(0)
    expect(alarm.text).toBeNull()
  })

  it('takes turns over all positions, and every named one once', () => {
    let left = 0
    const sample = new AuditSample({ sample: 2, candidates: 3 }, (count) => (left += count))
    const all = ['a', 'b', 'c', 'd', 'e']
    sample.add(['a', 'x', 'y', 'z', 'x'])
    expect([sample.take(all), left]).toEqual([['a', 'x', 'y', 'b'], 1])
    expect([sample.take(all), sample.take(all), sample.take(all)]).toEqual([['c', 'd'], ['e'], ['a', 'b']])
  })
})
