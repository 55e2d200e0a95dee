import { concat, toBeHex } from 'ethers'
import type { Contract } from '../../src/devnet/deployer.js'
import type { Hex } from '../../src/domain/chain.js'
import type { Step } from '../../src/domain/steps.js'
import { encodeOrder } from '../../src/execution/executor/encode.js'
import { BORROWER, ONE, ZERO, callbackData, loanCallback, startAttackBed, type AttackBed } from './support/attackers.js'
import { undoAfterEach } from './support/executor-bed.js'
import { flashLoanOrder, flashSwapOrder, orderOf } from './support/orders.js'

let bed: AttackBed

beforeAll(async () => {
  bed = await startAttackBed()
})
afterAll(() => bed.stop())
undoAfterEach(() => bed)

describe('a lender on the list that has turned bad', () => {
  const MODES = [
    'Honest',
    'Silent',
    'Twice',
    'OtherPayload',
    'OtherInitiator',
    'OtherAsset',
    'Greedy',
    'AsAttempt',
  ] as const
  it.each(MODES)('%s', async (mode) => {
    const lender = await bed.deploy('HostileLender')
    await bed.administer('setLender', [lender.address, true])
    await bed.mint('USDC', lender.address, 1_000n)
    await bed.admin.send(lender, 'setMode', [MODES.indexOf(mode), bed.token('WETH')])
    const loan: Step = {
      kind: 'flashLoan',
      lender: lender.address,
      token: bed.token('USDC'),
      amount: 1_000n,
      body: [bed.gift()],
    }
    const outcome = await bed.attempt(orderOf(bed, [loan]))
    if (mode === 'Honest') expect(outcome).toBe('ok')
    else if (mode === 'Greedy')
      expect(outcome).toMatch(/^0x/) // the token refuses: the approval is exact
    else expect(outcome).toMatch(/^NotAwaited/)
  })
})

describe('a hostile token', () => {
  it('that takes a fee makes an order revert or ends it whole, and takes nothing else', async () => {
    await bed.admin.send(bed.hostile, 'mint', [bed.target.address, 10n * ONE])
    await bed.admin.send(bed.hostile, 'setFee', [100])
    const take = bed.trade(ZERO, 0n, bed.hostile.address, ONE)
    // arrives short: spending the nominal amount is refused by the token itself
    expect(
      await bed.attempt(
        orderOf(bed, [take, bed.trade(bed.hostile.address, ONE, bed.token('WETH'), ONE)], bed.withHostile()),
      ),
    ).toBe('Panic(17)')
    await bed.land(orderOf(bed, [take, bed.gift()], bed.withHostile()))
    expect(await bed.balance(bed.hostile.address, bed.executor.address)).toBe(0n)
    expect(await bed.balance(bed.hostile.address, bed.payout)).toBe((ONE * 99n * 99n) / 10_000n)
    // with tokens of its kind here before, the start balance is not spent either
    await bed.admin.send(bed.hostile, 'mint', [bed.executor.address, ONE])
    const spend = bed.trade(bed.hostile.address, ONE, bed.token('WETH'), ONE)
    expect(await bed.attempt(orderOf(bed, [take, spend], bed.withHostile()))).toMatch(/^BelowStart/)
  })

  it('that calls in while a pool pays out cannot answer in its place', async () => {
    const pool = await bed.worthlessPool()
    const swap: Step = {
      ...{ kind: 'swap', pool, tokenIn: bed.token('WETH'), tokenOut: bed.hostile.address },
      amountIn: ONE / 1_000n,
      minOut: 1n,
    }
    const order = orderOf(bed, [bed.gift(), swap], bed.withHostile())
    const payload = concat([bed.token('WETH'), toBeHex(ONE / 1_000n, 16), toBeHex(1n, 16)])
    await bed.administer('setOperator', [bed.hostile.address, true])
    const attacks: readonly (readonly [Hex, string])[] = [
      [callbackData('uniswapV3SwapCallback', [1n, -1n, payload]), 'NotAwaited'],
      [loanCallback(bed.token('WETH'), bed.executor.address), 'NotAwaited'],
      [encodeOrder(orderOf(bed, [bed.gift()])), 'ReentrancyGuardReentrantCall'],
      [callbackData('attempt', ['0x']), 'NotAwaited'],
    ]
    for (const [data, error] of attacks) {
      await bed.admin.send(bed.hostile, 'setHook', [bed.executor.address, data])
      await bed.land(order)
      expect(await bed.hookError(bed.hostile)).toBe(error)
    }
  })
})

const ATTACKS = ['None', 'Execute', 'Loan', 'Swap']

describe('a fee recipient that is a contract', () => {
  const bid = { bidBps: 9_000 }
  let builder: Contract
  beforeEach(async () => {
    builder = await bed.deploy('HostileBuilder', [bed.executor.address])
    await bed.anvil.rpc('anvil_setCoinbase', [builder.address])
    await bed.anvil.rpc('evm_mine', []) // calls on the head block see the recipient
  })

  it('is paid', async () => {
    const { executed } = await bed.land(flashSwapOrder(bed, BORROWER, bid))
    expect(await bed.ether(builder.address)).toBeGreaterThanOrEqual(executed?.bid ?? ONE)
  })

  it('that refuses gets no order', async () => {
    await bed.admin.send(builder, 'setHabits', [0, true, 0])
    expect(await bed.attempt(flashSwapOrder(bed, BORROWER, bid))).toMatch(/^BidRefused/)
  })

  it('can burn only the little gas it is given', async () => {
    await bed.admin.send(builder, 'setHabits', [0, false, 20_000])
    expect(await bed.attempt(flashSwapOrder(bed, BORROWER, bid))).toBe('ok')
    await bed.admin.send(builder, 'setHabits', [0, false, 1_000_000])
    expect(await bed.attempt(flashSwapOrder(bed, BORROWER, bid))).toMatch(/^BidRefused/)
  })

  it.each(['Execute', 'Loan', 'Swap'])('cannot call back in, even as an operator: %s', async (attack) => {
    await bed.administer('setOperator', [builder.address, true])
    await bed.admin.send(builder, 'setHabits', [ATTACKS.indexOf(attack), false, 0])
    // the recipient refuses the bid unless it is turned away with the right error
    for (const order of [flashSwapOrder(bed, BORROWER, bid), flashLoanOrder(bed, BORROWER, bid)])
      expect(await bed.attempt(order)).toBe('ok')
  })
})
