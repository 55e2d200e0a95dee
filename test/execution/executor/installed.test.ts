import type { CallRequest, CallResult, Hex } from '../../../src/domain/chain.js'
import { KeeperError } from '../../../src/domain/errors.js'
import { isExecutorCode, runtimeCode } from '../../../src/execution/executor/artifact.js'
import { allowListCalls, type ExecutorSettings } from '../../../src/execution/executor/deploy.js'
import { encodeOrder } from '../../../src/execution/executor/encode.js'
import { decodeExecuted, decodeExecution, isAlreadyHealthy } from '../../../src/execution/executor/events.js'
import { inspectExecutor, type ExecutorReport } from '../../../src/execution/executor/inspect.js'
import { executorInterface } from '../../../src/execution/executor/interface.js'
import { executorOverride } from '../../../src/execution/executor/override.js'
import { address, startExecutorBed, undoAfterEach, type ExecutorBed } from '../../contracts/support/executor-bed.js'
import { flashSwapOrder, sinkingBorrower } from '../../contracts/support/orders.js'

const BORROWER = address(0xb0)
const NOWHERE = address(0xe0e0)
const SENDER = address(0x5e4d)

let bed: ExecutorBed

beforeAll(async () => {
  bed = await startExecutorBed()
  await sinkingBorrower(bed, BORROWER)
  await bed.moveMarket({ WETH: 2_400_00000000n })
})
afterAll(() => bed.stop())
undoAfterEach(() => bed)

/** Calls one by one, with an override where one is given. */
const reader = (override?: object) => ({
  code: async (at: string) => (await bed.admin.rpc('eth_getCode', [at, 'latest'])) as Hex,
  calls: (requests: readonly CallRequest[]): Promise<CallResult[]> =>
    Promise.all(
      requests.map(async (request): Promise<CallResult> => {
        const params = override ? [request, 'latest', override] : [request, 'latest']
        return { ok: true, data: (await bed.admin.rpc('eth_call', params)) as Hex }
      }),
    ),
})
const inspect = (at = bed.executor.address): Promise<ExecutorReport> =>
  inspectExecutor(reader(), at, { ...bed.settings, operator: bed.operator }, 0)

const reportOf = (settings: ExecutorSettings): ExecutorReport => ({
  codeMatches: true,
  owner: settings.owner,
  payout: settings.payout,
  wrappedNative: settings.wrappedNative,
  maxBidBps: settings.maxBidBps,
  operatorAllowed: true,
  factories: settings.factories,
  lenders: settings.lenders,
  targets: settings.targets,
})

describe('a deployed executor', () => {
  it('is recognised by its code and reports its settings', async () => {
    expect(await inspect()).toEqual(reportOf(bed.settings))
    const code = await reader().code(bed.executor.address)
    expect(code).toBe(runtimeCode(bed.token('WETH')))
    expect(isExecutorCode(runtimeCode(NOWHERE))).toBe(true)
    expect(isExecutorCode(`${code.slice(0, -2)}00`)).toBe(false)
  })

  it('of other code, or none, is not asked anything', async () => {
    for (const at of [bed.token('USDC'), NOWHERE]) expect((await inspect(at)).codeMatches).toBe(false)
  })

  it('that answers nonsense is an error', async () => {
    const broken = {
      ...reader(),
      calls: (r: readonly CallRequest[]) => Promise.resolve(r.map(() => ({ ok: false, data: '0x' as Hex }))),
    }
    const ask = { ...bed.settings, operator: bed.operator }
    await expect(inspectExecutor(broken, bed.executor.address, ask, 0)).rejects.toThrow(KeeperError)
  })

  it('obeys the changes of its lists', async () => {
    const [target] = bed.settings.targets
    if (!target) throw new Error('no target')
    const change = {
      operators: [SENDER],
      factories: [NOWHERE],
      lenders: [NOWHERE],
      targets: [{ ...target, target: NOWHERE }],
    }
    const apply = async (allowed: boolean): Promise<void> => {
      for (const { to, data } of allowListCalls(bed.executor.address, change, allowed))
        await bed.admin.rpc('eth_sendTransactionSync', [{ from: bed.settings.owner, to, data }])
    }
    const ask = { ...change, operator: SENDER }
    const now = () => inspectExecutor(reader(), bed.executor.address, ask, 0)
    const { factories, lenders, targets } = change
    await apply(true)
    expect(await now()).toMatchObject({ operatorAllowed: true, factories, lenders, targets })
    await apply(false)
    expect(await now()).toMatchObject({ operatorAllowed: false, factories: [], lenders: [], targets: [] })
  })
})

describe('an executor that is only there for one call', () => {
  const settings = () => ({ ...bed.settings, operators: [SENDER] })

  it('holds every setting, in the slots where a deployed one has them', async () => {
    const override = executorOverride(NOWHERE, settings())
    const report = await inspectExecutor(
      { ...reader(override), code: () => Promise.resolve(runtimeCode(bed.token('WETH'))) },
      NOWHERE,
      { ...settings(), operator: SENDER },
      0,
    )
    expect(report).toEqual(reportOf(settings()))
  })

  it('runs an order of a throw-away sender with the result of the real one', async () => {
    const order = flashSwapOrder(bed, BORROWER, { bidBps: 9_000 })
    const run = async (from: string, to: string, override?: object) => {
      const params = [
        { from, to, data: encodeOrder(order), gasPrice: '0x3b9aca00' },
        'latest',
        ...(override ? [override] : []),
      ]
      return decodeExecution((await bed.admin.rpc('eth_call', params)) as Hex)
    }
    const real = await run(bed.operator, bed.executor.address)
    expect(real?.gross).toBe(await bed.grossOf(order))
    expect(await run(SENDER, NOWHERE, executorOverride(NOWHERE, settings()))).toEqual(real)
  })
})

describe('its events and answers', () => {
  it('are read, and nothing else is taken for them', () => {
    const { data, topics } = executorInterface.encodeEventLog('Executed', [SENDER, NOWHERE, 10n, 4n])
    expect(decodeExecuted({ data, topics })).toEqual({ operator: SENDER, profitToken: NOWHERE, gross: 10n, bid: 4n })
    const healthy = executorInterface.encodeEventLog('AlreadyHealthy', [SENDER])
    expect(decodeExecuted(healthy)).toBeNull()
    expect(isAlreadyHealthy(healthy)).toBe(true)
    expect(isAlreadyHealthy({ data, topics })).toBe(false)
    expect(decodeExecuted({ data: '0x', topics: [`0x${'12'.repeat(32)}`] })).toBeNull()
    expect(decodeExecuted({ data: '0x', topics: [] })).toBeNull()
    expect(decodeExecution(`0x${'00'.repeat(64)}`)).toBeNull()
    expect(() => decodeExecution('0x')).toThrow(KeeperError)
  })
})
