import type { Address, Hex } from '../../src/domain/chain.js'
import type { CallStep, FlashVia, Order, Step, SwapStep } from '../../src/domain/steps.js'
import type { Contract } from '../../src/devnet/deployer.js'
import { MULTICALL } from '../../src/devnet/multicall.js'
import type { VenueConfig } from '../../src/config/venues.js'
import { venuePermissions } from '../../src/execution/executor/venue-permissions.js'
import { encodeOrder } from '../../src/execution/executor/encode.js'
import { venuesOf } from '../../src/profit/venues.js'
import { RpcReader } from '../profit/support/rpc-reader.js'
import { deployPairFactory, openPair } from '../profit/support/uniswap-v2.js'
import { deployUniswapV4 } from '../profit/support/uniswap-v4.js'
import {
  BORROWER,
  ONE,
  STRANGER,
  ZERO,
  call,
  callbackData,
  startAttackBed,
  type AttackBed,
} from './support/attackers.js'
import { undoAfterEach } from './support/executor-bed.js'
import { freeLoanOrder, orderOf } from './support/orders.js'

const V2: FlashVia = { kind: 'uniswapV2', fee: 3_000 }
const V4: FlashVia = { kind: 'uniswapV4', fee: 500, tickSpacing: 10 }

let bed: AttackBed
let pair: Contract
let manager: Contract
let wrapper: Contract

beforeAll(async () => {
  bed = await startAttackBed()
  const factory = await deployPairFactory(bed.admin)
  const sides = [
    [bed.token('WETH'), 100n * ONE],
    [bed.token('USDC'), 240_000_000_000n],
  ] as const
  pair = await openPair(bed.admin, factory, sides, (token, to, amount) =>
    bed.mint(token === bed.token('WETH') ? 'WETH' : 'USDC', to, amount),
  )
  manager = await bed.deploy('HostileManager')
  wrapper = await bed.deploy('UnwrapTarget', [bed.token('WETH')])
  await bed.mint('WETH', wrapper.address, 10n * ONE)
  for (const allowed of [factory.address, manager.address]) await bed.administer('setFactory', [allowed, true])
})
afterAll(() => bed.stop())
undoAfterEach(() => bed)

const swap = (pool: Address, via: FlashVia, change: Partial<SwapStep> = {}): SwapStep => ({
  ...{ kind: 'swap', pool, via, tokenIn: bed.token('WETH'), tokenOut: bed.token('USDC'), amountIn: ONE, minOut: 1n },
  ...change,
})
const withGift = (...steps: Step[]): Order => orderOf(bed, [bed.gift(2n * ONE), ...steps])

describe('pairs', () => {
  it('must be known to an allowed factory under exactly these tokens', async () => {
    const { address } = bed.uniswap.factory
    for (const said of [ZERO, address]) {
      const fake = await bed.deploy('FakePair', [said])
      expect(await bed.attempt(withGift(swap(fake.address, V2)))).not.toBe('ok')
    }
    const own = await bed.deploy('FakePair', [ZERO])
    expect(await bed.attempt(withGift(swap(own.address, V2)))).toMatch(/^PoolNotAllowed/)
    const other = swap(pair.address, V2, { tokenOut: bed.hostile.address })
    const tokens = [bed.token('WETH'), bed.hostile.address]
    expect(await bed.attempt({ ...withGift(other), tokens })).toMatch(/^PoolNotAllowed/)
  })

  it('trade within the limits only, with and without a body', async () => {
    expect(await bed.attempt(withGift(swap(pair.address, V2)))).toBe('ok')
    expect(await bed.attempt(withGift(swap(pair.address, V2, { minOut: 2_400_000_000n })))).toMatch(/^SlippageExceeded/)
    const flash = (limit: bigint, body: readonly Step[] = [bed.gift(1n)]): Step => ({
      ...{ kind: 'flashSwap', pool: pair.address, via: V2, tokenIn: bed.token('WETH'), tokenOut: bed.token('USDC') },
      ...{ mode: 'exactOut', amount: 2_300_000_000n, limit, body },
    })
    expect(await bed.attempt(withGift(flash(ONE)))).toBe('ok')
    expect(await bed.attempt(withGift(flash(ONE / 2n)))).toMatch(/^SlippageExceeded/)
    // the pair is locked while it waits
    expect(await bed.attempt(withGift(flash(ONE, [swap(pair.address, V2)])))).not.toBe('ok')
    // a fee below the pair's own makes it refuse
    expect(await bed.attempt(withGift(swap(pair.address, { ...V2, fee: 2_000 })))).not.toBe('ok')
    // and what was here before is not spent
    await bed.mint('WETH', bed.executor.address, 5n * ONE)
    expect(await bed.attempt(withGift(swap(pair.address, V2, { amountIn: 3n * ONE })))).toMatch(/^BelowStart/)
  })
})

describe('a v4 manager', () => {
  it('must be allowed', async () => {
    const strange = await bed.deploy('HostileManager')
    expect(await bed.attempt(withGift(swap(strange.address, V4)))).toMatch(/^PoolNotAllowed/)
    expect(await bed.attempt(withGift(swap(pair.address, V4)))).toMatch(/^PoolNotAllowed/)
  })

  it.each([
    ['stays silent', 0, /^NotAwaited/],
    ['sends other data back', 1, /^NotAwaited/],
    ['calls back twice', 2, /^NotAwaited/],
    ['asks for more than the limit', 3, /^SlippageExceeded/],
  ] as const)('that %s is refused', async (_, mode, error) => {
    await bed.admin.send(manager, 'setMode', [mode])
    expect(await bed.attempt(withGift(swap(manager.address, V4)))).toMatch(error)
  })
})

describe('wrappers', () => {
  const REDEEM: Hex = '0xba087652'
  const UNWRAP: Hex = '0xde0e9a3e'
  const unwrap = (by: 'redeem' | 'unwrap', change: Partial<SwapStep> = {}): SwapStep => ({
    ...{ kind: 'swap', pool: wrapper.address, via: { kind: 'unwrap', by }, tokenIn: wrapper.address },
    ...{ tokenOut: bed.token('WETH'), amountIn: 'all', minOut: 1n, ...change },
  })
  const order = (...steps: Step[]): Order => ({
    ...orderOf(bed, steps),
    tokens: [bed.token('WETH'), wrapper.address],
  })
  const seized = (): Step => bed.trade(ZERO, 0n, wrapper.address, 3n)

  beforeEach(async () => {
    await bed.admin.send(wrapper, 'mint', [bed.target.address, 100n])
    await bed.admin.send(wrapper, 'mint', [bed.executor.address, 40n])
  })

  it('are given back to themselves only where the owner allows it, and only what the order brought', async () => {
    for (const by of ['redeem', 'unwrap'] as const) {
      expect(await bed.attempt(order(seized(), unwrap(by)))).toMatch(/^CallNotAllowed/)
      await bed.administer('setTarget', [wrapper.address, by === 'redeem' ? REDEEM : UNWRAP, true])
      expect(await bed.grossOf(order(seized(), unwrap(by)))).toBe(3n)
      expect(await bed.attempt(order(seized(), unwrap(by, { minOut: 4n })))).toMatch(/^SlippageExceeded/)
      expect(await bed.attempt(order(seized(), unwrap(by, { amountIn: 4n })))).toMatch(/^BelowStart/)
    }
  })

  it("bring what was quoted: a vault of OpenZeppelin's", async () => {
    const weth = bed.token('WETH')
    const vault = await bed.deploy('DevVault', [weth, 3])
    const { address: token } = vault
    const { maker } = bed.uniswap
    await bed.admin.send(bed.tokens.WETH, 'approve', [token, 5n * ONE], { from: maker })
    await bed.admin.send(vault, 'deposit', [5n * ONE, bed.target.address], { from: maker })
    await bed.mint('WETH', token, 123_456_789n)
    const venues: VenueConfig[] = [{ kind: 'wraps', name: 'vaults', tokens: [{ token, by: 'redeem' }] }]
    for (const { target, selector } of venuePermissions(venues).targets) {
      await bed.administer('setTarget', [target, selector, true])
    }
    const reader = new RpcReader(bed.anvil.rpc)
    const block = await reader.block()
    const [venue] = venuesOf({ venues, wrappedNative: weth, multicall: MULTICALL })
    const found = (await venue?.find(reader, [[weth, token]], block)) ?? []
    const [pool] = (await venue?.load(reader, found, block)) ?? []
    const shares = 3_210_987_654_321_098_765_432n
    const quote = pool?.sell(token, shares)
    if (pool?.via?.kind !== 'unwrap' || !quote) throw new Error('no quote')
    const ends = { pool: pool.contract, via: pool.via, tokenIn: token, tokenOut: weth }
    const step: Step = { kind: 'swap', ...ends, amountIn: 'all', minOut: quote.amountOut }
    const steps = [bed.trade(ZERO, 0n, token, shares), step]
    expect(await bed.grossOf({ ...orderOf(bed, steps), tokens: [weth, token] })).toBe(quote.amountOut)
  })

  it('cannot be reached by a CALL, which could name another receiver', async () => {
    await bed.administer('setTarget', [wrapper.address, REDEEM, true])
    await bed.administer('setTarget', [wrapper.address, UNWRAP, true])
    for (const data of [
      call(wrapper, 'redeem', [40n, STRANGER, bed.executor.address]),
      call(wrapper, 'unwrap', [40n]),
    ]) {
      const step: CallStep = { kind: 'call', target: wrapper.address, data, approve: null, mustReturn: null }
      expect(await bed.attempt(orderOf(bed, [bed.gift(), step]))).toMatch(/^CallNotAllowed/)
    }
  })
})

describe('loans of a Uniswap v4 manager', () => {
  let real: Contract
  beforeAll(async () => {
    real = (await deployUniswapV4(bed.admin)).manager
    await bed.mint('USDC', real.address, 50_000_000_000n)
    await bed.administer('setFactory', [real.address, true])
  })
  const loan = (lender: Address, body: readonly Step[] = [], amount = ONE): Step => ({
    ...{ kind: 'flashLoan', lender, via: 'uniswapV4', token: bed.token('WETH'), amount, body },
  })

  it('are paid back after the body, by the real manager for nothing', async () => {
    const before = await bed.balance(bed.token('USDC'), real.address)
    const { executed } = await bed.land(freeLoanOrder(bed, BORROWER, 'uniswapV4', real.address, { bidBps: 9_000 }))
    expect(executed?.gross).toBeGreaterThan(0n)
    expect(await bed.balance(bed.token('USDC'), real.address)).toBe(before)
  })

  it('only come from an allowed manager, of what it has, and must be paid back', async () => {
    await bed.administer('setFactory', [real.address, false])
    expect(await bed.attempt(freeLoanOrder(bed, BORROWER, 'uniswapV4', real.address))).toMatch(/^PoolNotAllowed/)
    await bed.administer('setFactory', [real.address, true])
    expect(await bed.attempt(withGift(loan(real.address, [], 10n ** 30n)))).not.toBe('ok')
    const [step] = freeLoanOrder(bed, BORROWER, 'uniswapV4', real.address).steps
    if (step?.kind !== 'flashLoan') throw new Error('shape')
    expect(await bed.attempt(orderOf(bed, [{ ...step, body: step.body.slice(0, 1) }]))).not.toBe('ok')
    const unlisted = { ...step, token: bed.token('WBTC') }
    expect(() => encodeOrder(orderOf(bed, [unlisted]))).toThrow('not in tokens')
  })

  it('leave no second use of the manager inside the body, and no callback to strangers', async () => {
    await bed.mint('WETH', real.address, 10n * ONE)
    expect(await bed.attempt(withGift(loan(real.address)))).toBe('ok')
    expect(await bed.attempt(withGift(loan(real.address, [loan(real.address)])))).not.toBe('ok')
    const forged = callbackData('unlockCallback', [
      `0x${'00'.repeat(32)}${bed.token('WETH').slice(2)}${'00'.repeat(16)}`,
    ])
    for (const from of [STRANGER, real.address, manager.address])
      expect(await bed.attemptCall(from, bed.executor.address, forged)).toMatch(/^NotAwaited/)
  })

  it.each([
    ['is silent', 0],
    ['brings other data', 1],
    ['calls twice', 2],
  ] as const)('a manager that %s is not believed', async (_, mode) => {
    await bed.admin.send(manager, 'setMode', [mode])
    expect(await bed.attempt(withGift(loan(manager.address)))).toMatch(/^NotAwaited/)
  })
})
