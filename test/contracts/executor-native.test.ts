import { whole } from '../../src/devnet/catalogue.js'
import type { Contract } from '../../src/devnet/deployer.js'
import type { Hex } from '../../src/domain/chain.js'
import type { FlashSwapStep, FlashVia, Order, Step, SwapStep } from '../../src/domain/steps.js'
import { encodeOrder } from '../../src/execution/executor/encode.js'
import { executorInterface } from '../../src/execution/executor/interface.js'
import { sqrtPriceAtTick } from '../../src/profit/uniswap-v3/tick-price.js'
import {
  addManaged,
  approveAll,
  deployUniswapV4,
  fundEther,
  keyOf,
  nativeKeyOf,
  type UniswapV4,
} from '../profit/support/uniswap-v4.js'
import { BORROWER, ONE, STRANGER, ZERO, call, callbackData, startAttackBed, tamper } from './support/attackers.js'
import type { AttackBed } from './support/attackers.js'
import { undoAfterEach } from './support/executor-bed.js'
import { flashLoanOrder, flashSwapOrder, liquidation, orderOf } from './support/orders.js'

const SHAPE = { fee: 500, tickSpacing: 10 }
const TOKENS: FlashVia = { kind: 'uniswapV4', ...SHAPE }
const ETHER: FlashVia = { ...TOKENS, native: true }

let bed: AttackBed
let v4: UniswapV4

beforeAll(async () => {
  bed = await startAttackBed()
  v4 = await deployUniswapV4(bed.admin)
  await bed.mint('WETH', bed.admin.from, 10_000n * ONE)
  await bed.mint('USDC', bed.admin.from, 10n ** 15n)
  await fundEther(v4)
  for (const symbol of ['WETH', 'USDC'] as const) await approveAll(v4, bed.tokens[symbol])
  for (const key of [nativeKeyOf(bed.token('USDC'), SHAPE), keyOf([bed.token('WETH'), bed.token('USDC')], SHAPE)]) {
    const first = key[0] !== bed.token('USDC')
    const tick = Math.round(Math.log(2_400e-12) / Math.log(1.0001) / 10) * 10 * (first ? 1 : -1)
    await bed.admin.send(v4.manager, 'initialize', [key, sqrtPriceAtTick(tick)])
    await addManaged(v4, key, [tick - 1_000, tick + 1_000], first ? 1_000n * ONE : 2_400_000_000_000n)
  }
  await bed.administer('setFactory', [v4.manager.address, true])
})
afterAll(() => bed.stop())
undoAfterEach(() => bed)

const holds = async (): Promise<readonly [bigint, bigint]> => [
  await bed.ether(bed.executor.address),
  await bed.balance(bed.token('WETH'), bed.executor.address),
]

describe('pools and loans of native ether at the real manager', () => {
  const pooled = (via: FlashVia): Order => {
    const [step] = flashSwapOrder(bed, BORROWER).steps as [FlashSwapStep]
    return orderOf(bed, [{ ...step, pool: v4.manager.address, via }], { bidBps: 9_000 })
  }
  const swap = (via: FlashVia, change: Partial<SwapStep> = {}): SwapStep => ({
    ...{ kind: 'swap', pool: v4.manager.address, via, tokenIn: bed.token('WETH'), tokenOut: bed.token('USDC') },
    ...{ amountIn: 'all', minOut: 1n, ...change },
  })
  const back = { tokenIn: '0x', tokenOut: '0x' } as Pick<SwapStep, 'tokenIn' | 'tokenOut'>
  beforeAll(() => Object.assign(back, { tokenIn: bed.token('USDC'), tokenOut: bed.token('WETH') }))

  it('a flash swap is paid in ether out of the collateral, and nothing stays', async () => {
    const [ether, weth] = [
      await bed.ether(v4.manager.address),
      await bed.balance(bed.token('WETH'), v4.manager.address),
    ]
    const tokens = await gasOf(pooled(TOKENS))
    const { executed, gasUsed } = await bed.land(pooled(ETHER))
    expect(executed?.bid).toBeGreaterThan(0n)
    expect(await bed.ether(v4.manager.address)).toBeGreaterThan(ether + 4n * ONE)
    expect(await bed.balance(bed.token('WETH'), v4.manager.address)).toBe(weth)
    expect(await holds()).toEqual([0n, 0n])
    process.stdout.write(`flash swap at a v4 manager: tokens ${tokens} gas, ether ${Number(gasUsed)}\n`)
  })

  it('a sale of the collateral for ether, and of ether for tokens, beside pools of tokens', async () => {
    const [loan] = flashLoanOrder(bed, BORROWER).steps
    if (loan?.kind !== 'flashLoan') throw new Error('shape')
    const sale = orderOf(bed, [{ ...loan, body: [...loan.body.slice(0, 1), swap(ETHER)] }, swap(TOKENS, back)])
    expect((await bed.land(sale)).executed?.gross).toBeGreaterThan(0n)
    expect(await holds()).toEqual([0n, 0n])
    const round = orderOf(bed, [bed.gift(2n * ONE), swap(ETHER), swap(ETHER, back), swap(TOKENS), swap(ETHER, back)])
    const { executed } = await bed.land(round)
    expect(executed?.gross).toBeLessThan(2n * ONE)
    expect(executed?.gross).toBeGreaterThan(ONE)
    expect(await holds()).toEqual([0n, 0n])
  })

  it('a loan of ether is wrapped, and given back as ether', async () => {
    const [WETH, USDC] = [bed.token('WETH'), bed.token('USDC')]
    const ether = await bed.ether(v4.manager.address)
    const buy: Step = {
      ...{ kind: 'swap', pool: bed.pair('WETH', 'USDC', 500), tokenIn: WETH, tokenOut: USDC },
      ...{ amountIn: (42n * ONE) / 10n, minOut: whole('USDC', 10_000n) },
    }
    const body = [buy, liquidation(bed, ['WETH', 'USDC'], BORROWER, whole('USDC', 10_000n))]
    const loan = { kind: 'flashLoan', lender: v4.manager.address, via: 'uniswapV4Native', token: WETH } as const
    const of = (amount: bigint, inside: readonly Step[]): Step => ({ ...loan, amount, body: inside })
    const { executed } = await bed.land(orderOf(bed, [of(5n * ONE, body)], { bidBps: 5_000 }))
    expect(executed?.gross).toBeGreaterThan(0n)
    expect(await bed.ether(v4.manager.address)).toBe(ether)
    expect(await holds()).toEqual([0n, 0n])
    expect(await bed.attempt(orderOf(bed, [of(10n ** 30n, body)]))).not.toBe('ok')
    expect(await bed.attempt(orderOf(bed, [bed.gift(), of(ONE, [])]))).toBe('ok')
    expect(await bed.attempt(orderOf(bed, [bed.gift(), of(ONE, [of(ONE, [])])]))).not.toBe('ok')
  })

  it('limits bind as for tokens, and the manager is one lock', async () => {
    const [step] = pooled(ETHER).steps as [FlashSwapStep]
    expect(await bed.attempt(orderOf(bed, [{ ...step, limit: 4n * ONE }]))).toMatch(/^SlippageExceeded/)
    const twice = { ...step, body: [...step.body, swap(TOKENS)] }
    expect(await bed.attempt(orderOf(bed, [twice]))).not.toBe('ok')
    await bed.administer('setFactory', [v4.manager.address, false])
    expect(await bed.attempt(pooled(ETHER))).toMatch(/^PoolNotAllowed/)
  })

  it('what was here before, ether and wrapped, is neither spent nor gained', async () => {
    await bed.anvil.rpc('anvil_setBalance', [bed.executor.address, '0x4563918244f40000']) // 5 ether, as selfdestruct would
    await bed.mint('WETH', bed.executor.address, 7n * ONE)
    const quiet = await bed.grossOf({ ...pooled(ETHER), bidBps: 0 })
    expect((await bed.land(pooled(ETHER))).executed?.gross).toBe(quiet)
    expect(await holds()).toEqual([5n * ONE, 7n * ONE])
    const spends = orderOf(bed, [bed.gift(ONE), swap(ETHER, { amountIn: 2n * ONE })])
    expect(await bed.attempt(spends)).toMatch(/^BelowStart/)
  })

  it('only the wrapped native token stands for ether, behind the back of the encoder too', async () => {
    const [USDC, DAI] = [bed.token('USDC'), bed.token('DAI')]
    const tokens = [bed.token('WETH'), USDC, DAI]
    const other = orderOf(bed, [bed.gift(), swap(ETHER, { tokenIn: USDC, tokenOut: DAI, amountIn: 1n })], { tokens })
    expect(await bed.attempt(other)).toBe('BadOrder()')
    const loan: Step = {
      ...{ kind: 'flashLoan', lender: v4.manager.address, via: 'uniswapV4Native' },
      token: USDC,
      amount: 1n,
      body: [],
    }
    expect(await bed.attempt(orderOf(bed, [bed.gift(), loan]))).toBe('BadOrder()')
    expect(await bed.rawAttempt(tamper(orderOf(bed, [bed.gift(), swap(ETHER)]), { tokens: [USDC] }))).not.toBe('ok')
  })

  async function gasOf(order: Order): Promise<number> {
    const snapshot = await bed.anvil.rpc('evm_snapshot', [])
    const { gasUsed } = await bed.land(order)
    await bed.anvil.rpc('evm_revert', [snapshot])
    return Number(gasUsed)
  }
})

describe('a v4 manager that has turned bad', () => {
  let bad: Contract
  beforeAll(async () => {
    bad = await bed.deploy('EtherManager')
    await bed.anvil.rpc('anvil_setBalance', [bad.address, '0x8ac7230489e80000']) // 10 ether
    await bed.administer('setFactory', [bad.address, true])
  })
  const plan = (moment: number, paysBps = 10_000) => bed.admin.send(bad, 'plan', [moment, paysBps])
  const loan = (body: readonly Step[] = []): Order => {
    const step: Step = {
      kind: 'flashLoan',
      lender: bad.address,
      via: 'uniswapV4Native',
      token: bed.token('WETH'),
      amount: ONE,
      body,
    }
    return orderOf(bed, [bed.gift(2n * ONE), step])
  }

  it('takes no more than the order itself has gained when it lends less than it says', async () => {
    await bed.anvil.rpc('anvil_setBalance', [bed.executor.address, '0x4563918244f40000'])
    await bed.mint('WETH', bed.executor.address, 7n * ONE)
    await plan(0, 9_000)
    expect(await bed.grossOf(loan())).toBe((19n * ONE) / 10n)
    await bed.land(loan())
    expect(await holds()).toEqual([5n * ONE, 7n * ONE])
    const { steps, ...rest } = loan()
    expect(await bed.attempt({ ...rest, steps: steps.slice(1) })).toMatch(/^BelowStart/)
    await plan(0, 11_000)
    expect(await bed.grossOf(loan())).toBe((21n * ONE) / 10n)
  })

  it.each([
    ['before the callback', 1],
    ['while it is paid', 3],
  ] as const)('cannot leave ether here %s', async (_, moment) => {
    await plan(moment)
    await bed.land(loan())
    expect((await bed.admin.read(bad, 'refused'))[0]).toBe(true)
    expect(await holds()).toEqual([0n, 0n])
  })

  it('nor inside the body, nor can anybody else at any time', async () => {
    await bed.admin.send(bed.target, 'setHook', [bad.address, call(bad, 'send', [bed.executor.address])])
    await bed.land(loan([bed.gift(1n)]))
    // the hook was spent on the gift before the loan; the same inside it alone
    expect(await bed.hookError(bed.target)).toBe('BadAddress')
    await bed.admin.send(bed.target, 'setHook', [bad.address, call(bad, 'send', [bed.executor.address])])
    const { steps, ...rest } = loan([bed.gift(3n)])
    await bed.land({ ...rest, steps: steps.slice(1) })
    expect(await bed.hookError(bed.target)).toBe('BadAddress')
    const other = await bed.deploy('EtherManager')
    await bed.anvil.rpc('anvil_setBalance', [other.address, '0x5'])
    await bed.admin.send(bad, 'setHook', [other.address, call(other, 'send', [bed.executor.address])])
    await plan(2)
    await bed.land(loan())
    expect(await bed.hookError(bad)).toBe('BadAddress')
    for (const from of [bad.address, other.address, STRANGER, bed.operator]) {
      expect(await bed.attemptCall(from, bed.executor.address, '0x')).toMatch(/^BadAddress/)
    }
  })

  it('gains nothing by calling back while it pays or is paid', async () => {
    const forged = callbackData('unlockCallback', [
      `0x${'00'.repeat(31)}01${bed.token('WETH').slice(2)}${'00'.repeat(16)}`,
    ])
    const attacks: readonly (readonly [string, Hex])[] = [
      ['ReentrancyGuardReentrantCall', encodeOrder(orderOf(bed, [bed.gift()]))],
      ['NotAwaited', forged],
      ['NotAwaited', callbackData('attempt', ['0x'])],
      ['OwnableUnauthorizedAccount', executorInterface.encodeFunctionData('rescue', [ZERO, STRANGER, 1n]) as Hex],
    ]
    await bed.administer('setOperator', [bad.address, true])
    for (const moment of [2, 3]) {
      await plan(moment)
      for (const [error, data] of attacks) {
        await bed.admin.send(bad, 'setHook', [bed.executor.address, data])
        await bed.land(loan())
        expect([moment, await bed.hookError(bad)]).toEqual([moment, error])
        expect(await holds()).toEqual([0n, 0n])
      }
    }
  })
})
