import { concat, zeroPadValue } from 'ethers'
import { whole } from '../../src/devnet/catalogue.js'
import type { Address, Hex } from '../../src/domain/chain.js'
import type { CallStep, Order, Step } from '../../src/domain/steps.js'
import { encodeOrder } from '../../src/execution/executor/encode.js'
import { executorInterface } from '../../src/execution/executor/interface.js'
import { BORROWER, ONE, STRANGER, ZERO, call, startAttackBed, tamper, type AttackBed } from './support/attackers.js'
import { undoAfterEach } from './support/executor-bed.js'
import { flashLoanOrder, flashSwapOrder, orderOf } from './support/orders.js'

let bed: AttackBed

beforeAll(async () => {
  bed = await startAttackBed()
})
afterAll(() => bed.stop())
undoAfterEach(() => bed)

describe('a thief with an operator key', () => {
  it('cannot swap against his own pool, whatever it says of itself', async () => {
    const WETH = bed.token('WETH')
    const pretender = await bed.deploy('FakePool', [bed.uniswap.factory.address, 3_000, WETH])
    const selfMade = await bed.deploy('FakePool', [ZERO, 3_000, WETH])
    for (const pool of [pretender.address, selfMade.address]) {
      const swap: Step = { kind: 'swap', pool, tokenIn: WETH, tokenOut: bed.hostile.address, amountIn: ONE, minOut: 1n }
      expect(await bed.attempt(orderOf(bed, [bed.gift(2n * ONE), swap], bed.withHostile()))).toMatch(/^PoolNotAllowed/)
    }
    // a real pool named with a token that is not its own
    const real = bed.pair('WETH', 'USDC', 500)
    const swap: Step = {
      kind: 'swap',
      pool: real,
      tokenIn: WETH,
      tokenOut: bed.hostile.address,
      amountIn: ONE,
      minOut: 1n,
    }
    expect(await bed.attempt(orderOf(bed, [bed.gift(2n * ONE), swap], bed.withHostile()))).toMatch(/^PoolNotAllowed/)
  })

  it('cannot use a lender or a function that the owner did not allow', async () => {
    const lender = await bed.deploy('HostileLender')
    const loan: Step = { kind: 'flashLoan', lender: lender.address, token: bed.token('WETH'), amount: 1n, body: [] }
    expect(await bed.attempt(orderOf(bed, [loan]))).toMatch(/^LenderNotAllowed/)
    const forbidden: CallStep = { ...bed.gift(), data: call(bed.target, 'pull', [bed.token('WETH'), bed.payout, 1n]) }
    expect(await bed.attempt(orderOf(bed, [forbidden]))).toMatch(/^CallNotAllowed/)
    const onToken: CallStep = {
      ...bed.gift(),
      target: bed.token('WETH'),
      data: call(bed.tokens.WETH, 'transfer', [STRANGER, 1n]),
    }
    expect(await bed.attempt(orderOf(bed, [onToken]))).toMatch(/^CallNotAllowed/)
    const onSelf = { ...bed.gift(), target: bed.executor.address, data: encodeOrder(orderOf(bed, [bed.gift()])) }
    expect(await bed.attempt(orderOf(bed, [onSelf]))).toMatch(/^CallNotAllowed/)
  })

  it('cannot touch what was here before, by loss, by an unlisted token or by a bid', async () => {
    await bed.mint('WETH', bed.executor.address, 50n * ONE)
    await bed.mint('USDC', bed.executor.address, whole('USDC', 1_000n))
    const [WETH, USDC] = [bed.token('WETH'), bed.token('USDC')]
    expect(await bed.attempt(orderOf(bed, [bed.trade(USDC, 5n, WETH, ONE)]))).toMatch(/^BelowStart/)
    const unlisted = (steps: readonly Step[]): Hex => tamper(orderOf(bed, steps), { tokens: [WETH] })
    expect(await bed.rawAttempt(unlisted([bed.trade(USDC, 5n, WETH, ONE)]))).toMatch(/^TokenNotListed/)
    const pool = bed.pair('WETH', 'USDC', 500)
    const swap: Step = { kind: 'swap', pool, tokenIn: USDC, tokenOut: WETH, amountIn: 1_000n, minOut: 1n }
    expect(await bed.rawAttempt(unlisted([swap]))).toMatch(/^TokenNotListed/)
    expect(await bed.attempt(orderOf(bed, [{ ...swap, amountIn: 'all' }]))).not.toBe('ok')
    expect(await bed.attempt(orderOf(bed, [bed.gift(100n)], { minBidWei: ONE }))).toMatch(/^BidTooHigh/)
  })

  it('finds no approval left over, even when less was taken than was approved', async () => {
    const USDC = bed.token('USDC')
    await bed.mint('USDC', bed.target.address, 10n)
    const { logs } = await bed.land(orderOf(bed, [bed.trade(USDC, 0n, USDC, 10n, 1_000n), bed.gift()]))
    expect(logs.length).toBeGreaterThan(0)
    await bed.mint('USDC', bed.executor.address, 1_000n)
    const pull = call(bed.target, 'pull', [USDC, bed.executor.address, 1n])
    expect(await bed.attemptCall(STRANGER, bed.target.address, pull)).not.toBe('ok')
  })

  it('cannot send the proceeds elsewhere: collateral as aTokens stays for the owner', async () => {
    const [step] = flashSwapOrder(bed, BORROWER).steps
    const inner = step?.kind === 'flashSwap' ? step.body[0] : undefined
    if (step?.kind !== 'flashSwap' || inner?.kind !== 'call') throw new Error('shape')
    const args = [bed.token('WETH'), bed.token('USDC'), BORROWER, whole('USDC', 10_000n), true]
    const asATokens = { ...inner, data: call(bed.market.pool, 'liquidationCall', args) }
    // there is no WETH to pay the pool with
    expect(await bed.attempt(orderOf(bed, [{ ...step, body: [asATokens] }]))).not.toBe('ok')
    // paid from a gift, the order ends and the aTokens are in the executor, out of every operator's reach
    await bed.land(orderOf(bed, [{ ...step, body: [asATokens, bed.gift(10n * ONE)] }]))
    const [aToken] = await bed.admin.read(bed.market.pool, 'getReserveAToken', [bed.token('WETH')])
    const held = await bed.balance(aToken as Address, bed.executor.address)
    expect(held).toBeGreaterThan(4n * ONE)
    await bed.administer('rescue', [aToken, bed.payout, held])
    expect(await bed.balance(aToken as Address, bed.payout)).toBeGreaterThanOrEqual(held)
  })

  it('who also builds the block gets the capped share, no more', async () => {
    await bed.anvil.rpc('anvil_setCoinbase', [STRANGER])
    const gross = await bed.grossOf(flashSwapOrder(bed, BORROWER))
    expect(await bed.attempt(flashSwapOrder(bed, BORROWER, { bidBps: 10_000 }))).toMatch(/^BidTooHigh/)
    expect(await bed.attempt(flashSwapOrder(bed, BORROWER, { minBidWei: gross }))).toMatch(/^BidTooHigh/)
    const before = await bed.balance(bed.token('WETH'), bed.payout)
    await bed.land(flashSwapOrder(bed, BORROWER, { bidBps: 9_500 }))
    expect(await bed.balance(bed.token('WETH'), bed.payout)).toBeGreaterThanOrEqual(before + (gross * 500n) / 10_000n)
  })

  it('can at worst swap away what his own order gained, against a genuine pool of his own token', async () => {
    // the bound that remains, as the contract's NatSpec states it: start balances are out of reach even then
    await bed.mint('WETH', bed.executor.address, 50n * ONE)
    const pool = await bed.worthlessPool()
    const swap = (amountIn: bigint | 'all'): Step => ({
      ...{ kind: 'swap', pool, tokenIn: bed.token('WETH'), tokenOut: bed.hostile.address },
      amountIn,
      minOut: 1n,
    })
    expect(await bed.attempt(orderOf(bed, [bed.gift(ONE), swap(2n * ONE)], bed.withHostile()))).toMatch(/^BelowStart/)
    await bed.land(orderOf(bed, [bed.gift(ONE), swap(ONE - 1n)], bed.withHostile()))
    expect(await bed.balance(bed.token('WETH'), bed.executor.address)).toBe(50n * ONE)
  })

  it('cannot run two orders in one by being a contract, nor carry state from one to the next', async () => {
    const batcher = await bed.deploy('Batcher')
    await bed.administer('setOperator', [batcher.address, true])
    const WETH = bed.token('WETH')
    const [first, second] = [orderOf(bed, [bed.gift()]), orderOf(bed, [bed.gift()], { tokens: [WETH] })]
    const at = bed.executor.address
    const run = (orders: readonly Hex[]): Hex => call(batcher, 'run', [orders.map(() => at), orders])
    expect(await bed.attemptCall(STRANGER, batcher.address, run([first, second].map(encodeOrder)))).toBe('ok')
    // USDC was listed in the first order; in the second it is not
    const spends = {
      ...second,
      tokens: [WETH, bed.token('USDC')],
      steps: [bed.trade(bed.token('USDC'), 1n, WETH, ONE)],
    }
    const orders = [encodeOrder(first), tamper(spends, { tokens: [WETH] })]
    expect(await bed.attemptCall(STRANGER, batcher.address, run(orders))).toMatch(/^TokenNotListed/)
  })

  it('gets nowhere with malformed steps', async () => {
    const good = orderOf(bed, [bed.gift()])
    for (const bad of ['0x00', '0x0f', '0x11', `0x01${bed.target.address.slice(2)}000005aabb`, '0x02', '0x03'])
      expect([bad, await bed.rawAttempt(tamper(good, { steps: bad }))]).not.toEqual([bad, 'ok'])
    const zeroLimit = concat(['0x02', bed.pair('WETH', 'USDC', 500), bed.token('USDC'), '0x000034', bed.token('WETH')])
    const amounts = [zeroPadValue('0x01', 16), zeroPadValue('0x00', 16)]
    expect(await bed.rawAttempt(tamper(good, { steps: concat([zeroLimit, ...amounts]) }))).toBe('BadOrder()')
    expect(await bed.rawAttempt(tamper(good, { steps: concat([zeroLimit, ...amounts.reverse()]) }))).toBe('BadOrder()')
    expect(await bed.rawAttempt(tamper(good, { tokens: [bed.token('WETH'), bed.token('WETH')] }))).toMatch(
      /^TokenNotListed/,
    )
  })
})

describe('the owner', () => {
  it('cannot allow what moves tokens or carries calls, a bid of everything, or a payout to nowhere', async () => {
    const pool = bed.market.pool.address
    const attempt = (name: string, args: readonly unknown[]): Promise<string> =>
      bed.attemptCall(
        bed.settings.owner,
        bed.executor.address,
        executorInterface.encodeFunctionData(name, [...args]) as Hex,
      )
    const forbidden = ['0x095ea7b3', '0xa9059cbb', '0x23b872dd', '0xd505accf', '0x39509351', '0xa22cb465', '0xac9650d8']
    for (const one of forbidden) expect(await attempt('setTarget', [pool, one, true])).toBe(`ForbiddenSelector(${one})`)
    expect(await attempt('setTarget', [bed.executor.address, '0x12345678', true])).toMatch(/^BadAddress/)
    expect(await attempt('setTarget', [bed.token('WETH'), '0x2e1a7d4d', true])).toMatch(/^BadAddress/)
    expect(await attempt('setMaxBid', [9_901])).toBe('BidCapExceeded(9901)')
    expect(await attempt('setMaxBid', [9_900])).toBe('ok')
    for (const nowhere of [ZERO, bed.executor.address])
      expect(await attempt('setPayout', [nowhere])).toMatch(/^BadAddress/)
  })

  it('takes a function, a factory, a lender and an operator back', async () => {
    const { settings } = bed
    const [one] = settings.targets
    const taken: readonly (readonly [string, readonly unknown[], Order, RegExp])[] = [
      ['setTarget', [one?.target, one?.selector, false], flashSwapOrder(bed, BORROWER), /^CallNotAllowed/],
      ['setFactory', [settings.factories[0], false], flashSwapOrder(bed, BORROWER), /^PoolNotAllowed/],
      ['setLender', [settings.lenders[0], false], flashLoanOrder(bed, BORROWER), /^LenderNotAllowed/],
      ['setOperator', [bed.operator, false], flashSwapOrder(bed, BORROWER), /^NotOperator/],
    ]
    for (const [method, args, order, error] of taken) {
      const snapshot = await bed.anvil.rpc('evm_snapshot', [])
      expect(await bed.attempt(order)).toBe('ok')
      await bed.administer(method, args)
      expect(await bed.attempt(order)).toMatch(error)
      await bed.anvil.rpc('evm_revert', [snapshot])
    }
  })
})
