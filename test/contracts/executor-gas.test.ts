import { whole } from '../../src/devnet/catalogue.js'
import { toAddress } from '../../src/domain/chain.js'
import { startExecutorBed, undoAfterEach, type ExecutorBed } from './support/executor-bed.js'
import { address, flashLoanOrder, flashSwapOrder, sinkingBorrower } from './support/orders.js'

const BORROWER = address(0xb0)
const INTRINSIC = 21_000
const MIN_SQRT_RATIO = 4_295_128_739n
const MAX_SQRT_RATIO = 1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_342n

let bed: ExecutorBed
let bareCall: number
let bareSwap: number

beforeAll(async () => {
  bed = await startExecutorBed()
  await sinkingBorrower(bed, BORROWER)
  await bed.moveMarket({ WETH: 2_400_00000000n })
  const before = await bed.anvil.rpc('evm_snapshot', [])
  bareCall = await measureBareCall()
  bareSwap = await measureBareSwap()
  await bed.anvil.rpc('evm_revert', [before])
})
afterAll(() => bed.stop())
undoAfterEach(() => bed)

/** A liquidator with everything prepared: standing approval, the debt in hand, a balance of the collateral. */
async function measureBareCall(): Promise<number> {
  const liquidator = toAddress(bed.accounts[9] ?? '')
  await bed.mint('WETH', liquidator, 1n)
  const amount = whole('USDC', 10_000n)
  const receipt = await bed.liquidate(liquidator, {
    user: BORROWER,
    collateral: 'WETH',
    debt: 'USDC',
    debtToCover: amount,
    funds: amount * 2n,
  })
  return Number(receipt.gasUsed)
}

/** The cheapest swap of the same size: a contract that pays from its own balance and keeps nothing. */
async function measureBareSwap(): Promise<number> {
  const pool = bed.uniswap.pools.find((p) => p.contract.address === bed.pair('WETH', 'USDC', 500))
  if (!pool) throw new Error('no pool')
  const swapper = await bed.deploy('BareSwapper', [bed.token(pool.token0), bed.token(pool.token1)])
  await bed.mint('WETH', swapper.address, whole('WETH', 10n))
  await bed.mint('USDC', bed.payout, 1n)
  const wethIn = pool.token0 === 'WETH'
  const limit = wethIn ? MIN_SQRT_RATIO + 1n : MAX_SQRT_RATIO - 1n
  const swap = [pool.contract.address, wethIn, -whole('USDC', 10_000n), limit]
  const receipt = await bed.admin.send(swapper, 'swap', swap, { from: bed.payout })
  return Number(receipt.gasUsed)
}

describe('gas on Aave v3.6 and Uniswap v3: WETH collateral, USDC debt, profit in WETH with a bid', () => {
  it('flash swap: at most a bare liquidationCall, a bare swap and 70k', async () => {
    const { gasUsed, executed } = await bed.land(flashSwapOrder(bed, BORROWER, { bidBps: 9_000 }))
    const overhead = Number(gasUsed) - bareCall - (bareSwap - INTRINSIC)
    console.log({ what: 'flash swap', total: Number(gasUsed), bareCall, bareSwap, overhead })
    expect(executed?.bid).toBeGreaterThan(0n)
    expect(overhead).toBeLessThanOrEqual(70_000)
  })

  it('Aave flash loan: at most a bare liquidationCall, a bare swap and 110k', async () => {
    const { gasUsed, executed } = await bed.land(flashLoanOrder(bed, BORROWER, { bidBps: 9_000 }))
    const overhead = Number(gasUsed) - bareCall - (bareSwap - INTRINSIC)
    console.log({ what: 'flash loan', total: Number(gasUsed), bareCall, bareSwap, overhead })
    expect(executed?.bid).toBeGreaterThan(0n)
    expect(overhead).toBeLessThanOrEqual(110_000)
  })
})
