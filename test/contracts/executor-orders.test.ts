import { id } from 'ethers'
import { whole } from '../../src/devnet/catalogue.js'
import { toAddress, type Hex } from '../../src/domain/chain.js'
import type { Step } from '../../src/domain/steps.js'
import { address, startExecutorBed, undoAfterEach, type ExecutorBed } from './support/executor-bed.js'
import {
  bitcoinBorrower,
  flashLoanOrder,
  flashSwapOrder,
  liquidation,
  orderOf,
  sinkingBorrower,
  twoPoolExit,
} from './support/orders.js'

const SINKING = address(0xb001)
const ALSO_SINKING = address(0xb002)
const BTC = address(0xb003)
const STABLE = address(0xb004)
const TETHER = address(0xb005)
const COINBASE = toAddress('0x00000000000000000000000000000000c01bba5e')

const LIQUIDATION_CALL = id('LiquidationCall(address,address,address,uint256,uint256,address,bool)')

let bed: ExecutorBed

beforeAll(async () => {
  bed = await startExecutorBed()
  await sinkingBorrower(bed, SINKING)
  await sinkingBorrower(bed, ALSO_SINKING)
  await bitcoinBorrower(bed, BTC)
  // the same asset on both sides: USDC against USDC, sunk by the WETH beside it
  await bed.supply('USDC', STABLE, whole('USDC', 30_000n))
  await bed.supply('WETH', STABLE, whole('WETH', 100n))
  await bed.borrow('USDC', STABLE, whole('USDC', 223_500n))
  await bed.supply('WETH', TETHER, whole('WETH', 10n))
  await bed.borrow('USDT', TETHER, whole('USDT', 20_000n))
  await bed.moveMarket({ WETH: 2_400_00000000n, WBTC: 55_500_00000000n })
  await bed.anvil.rpc('anvil_setCoinbase', [COINBASE])
})
afterAll(() => bed.stop())
undoAfterEach(() => bed)

/** What the executor, the payout address and the builder hold more after `run`. */
async function changes(run: () => Promise<unknown>): Promise<Record<'payout' | 'left' | 'coinbase', bigint>> {
  const WETH = bed.token('WETH')
  const read = async (): Promise<bigint[]> => [
    await bed.balance(WETH, bed.payout),
    (await bed.balance(WETH, bed.executor.address)) + (await bed.ether(bed.executor.address)),
    await bed.ether(COINBASE),
  ]
  const before = await read()
  await run()
  const after = await read()
  const [payout = 0n, left = 0n, coinbase = 0n] = after.map((value, i) => value - (before[i] ?? 0n))
  return { payout, left, coinbase }
}

const expectNothingLeft = async (): Promise<void> => {
  for (const symbol of ['WETH', 'USDC', 'USDT', 'WBTC'] as const) {
    expect(await bed.balance(bed.token(symbol), bed.executor.address)).toBe(0n)
    const allowance = [bed.executor.address, bed.market.pool.address]
    const [left] = await bed.admin.read(
      { address: bed.token(symbol), abi: bed.tokens.USDC.abi },
      'allowance',
      allowance,
    )
    expect(left).toBe(0n)
  }
  expect(await bed.ether(bed.executor.address)).toBe(0n)
}

describe('each kind of step on real contracts', () => {
  it('flash swap with exact output; the bid, the tip and the payout add up to the wei', async () => {
    let executed = { gross: 0n, bid: 0n }
    let tip = 0n
    const moved = await changes(async () => {
      const receipt = await bed.land(
        flashSwapOrder(bed, SINKING, { bidBps: 9_000, minBidWei: 1n, minProfit: 10n ** 15n }),
      )
      if (!receipt.executed) throw new Error('no event')
      executed = receipt.executed
      const { effectiveGasPrice } = receipt as unknown as { effectiveGasPrice: Hex }
      const block = (await bed.anvil.rpc('eth_getBlockByNumber', [receipt.blockNumber, false])) as {
        baseFeePerGas: Hex
      }
      tip = BigInt(receipt.gasUsed) * (BigInt(effectiveGasPrice) - BigInt(block.baseFeePerGas))
    })
    expect(executed.gross).toBeGreaterThan(whole('WETH', 1n) / 10n)
    expect(executed.bid).toBe((executed.gross * 9_000n) / 10_000n)
    expect(moved).toEqual({ payout: executed.gross - executed.bid, left: 0n, coinbase: executed.bid + tip })
    await expectNothingLeft()
  })

  it('flash swap with exact input', async () => {
    const [WETH, USDC] = [bed.token('WETH'), bed.token('USDC')]
    const debt = whole('USDC', 9_900n)
    const steps: Step[] = [
      {
        kind: 'flashSwap',
        pool: bed.pair('WETH', 'USDC', 500),
        tokenIn: WETH,
        tokenOut: USDC,
        mode: 'exactIn',
        amount: whole('WETH', 4_150n) / 1_000n,
        limit: debt,
        body: [liquidation(bed, ['WETH', 'USDC'], SINKING, debt)],
      },
    ]
    const usdc = await bed.balance(USDC, bed.payout)
    const { executed } = await bed.land(orderOf(bed, steps))
    expect(executed?.gross).toBeGreaterThan(0n)
    // what the pool gave beyond the debt is swept too
    expect(await bed.balance(USDC, bed.payout)).toBeGreaterThan(usdc)
    await expectNothingLeft()
  })

  it("Aave's flash loan around the liquidation and the buy-back", async () => {
    const { executed } = await bed.land(flashLoanOrder(bed, SINKING, { bidBps: 5_000 }))
    expect(executed?.gross).toBeGreaterThan(whole('WETH', 1n) / 10n)
    await expectNothingLeft()
  })

  it('the same asset on both sides, by flash loan, with the profit swapped to WETH', async () => {
    const amount = whole('USDC', 15_000n)
    const steps: Step[] = [
      {
        kind: 'flashLoan',
        lender: bed.market.pool.address,
        token: bed.token('USDC'),
        amount,
        body: [liquidation(bed, ['USDC', 'USDC'], STABLE, amount)],
      },
      {
        kind: 'swap',
        pool: bed.pair('WETH', 'USDC', 500),
        tokenIn: bed.token('USDC'),
        tokenOut: bed.token('WETH'),
        amountIn: 'all',
        minOut: whole('WETH', 2n) / 10n,
      },
    ]
    const { executed } = await bed.land(orderOf(bed, steps, { bidBps: 9_500 }))
    expect(executed?.gross).toBeGreaterThan(whole('WETH', 2n) / 10n)
    await expectNothingLeft()
  })

  it('an exit over two pools: debt from one, collateral into the other, the surplus between them', async () => {
    const tokens = [bed.token('WETH'), bed.token('USDC'), bed.token('WBTC')]
    const { executed } = await bed.land(orderOf(bed, [twoPoolExit(bed, BTC)], { tokens, bidBps: 1_000 }))
    expect(executed?.gross).toBeGreaterThan(0n)
    await expectNothingLeft()
  })

  it('a debt in a token like Tether', async () => {
    const amount = whole('USDT', 10_000n)
    const steps: Step[] = [
      {
        kind: 'flashSwap',
        pool: bed.pair('WETH', 'USDT', 3_000),
        tokenIn: bed.token('WETH'),
        tokenOut: bed.token('USDT'),
        mode: 'exactOut',
        amount,
        limit: whole('WETH', 43n) / 10n,
        // asks for less than was approved: the rest of the approval must go, which Tether takes in one step only
        body: [
          { ...liquidation(bed, ['WETH', 'USDT'], TETHER, amount - 5n), approve: { token: bed.token('USDT'), amount } },
        ],
      },
    ]
    const { executed } = await bed.land(orderOf(bed, steps, { tokens: [bed.token('WETH'), bed.token('USDT')] }))
    expect(executed?.gross).toBeGreaterThan(0n)
    await expectNothingLeft()
  })

  it('several liquidations in one order, one inside the other', async () => {
    const [first] = flashSwapOrder(bed, SINKING).steps
    const second = twoPoolExit(bed, BTC)
    const [third] = flashLoanOrder(bed, ALSO_SINKING).steps
    if (first?.kind !== 'flashSwap' || third?.kind !== 'flashLoan') throw new Error('shape')
    // the pool of the outer swap is locked, so the inner exits use the other fee tier
    const other = bed.pair('WETH', 'USDC', 3_000)
    const [call, back] = third.body
    if (!call || back?.kind !== 'flashSwap') throw new Error('shape')
    const deepest: Step = { ...third, body: [call, { ...back, pool: other, limit: whole('WETH', 44n) / 10n }] }
    const nested: Step = { ...first, body: [...first.body, deepest] }
    const tokens = [bed.token('WETH'), bed.token('USDC'), bed.token('WBTC')]
    const { logs } = await bed.land(orderOf(bed, [nested, second], { tokens, bidBps: 9_000, minProfit: 10n ** 16n }))
    const liquidated = logs.filter((l) => l.topics[0] === LIQUIDATION_CALL).map((l) => l.topics[3]?.slice(-40))
    expect(liquidated.sort()).toEqual([SINKING, ALSO_SINKING, BTC].map((user) => user.slice(2)).sort())
    await expectNothingLeft()
  })
})
