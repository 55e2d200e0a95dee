import { toAddress, type Address } from '../../src/domain/chain.js'
import { ownContract } from '../../src/devnet/artifacts/own-contracts.js'
import { whole } from '../../src/devnet/catalogue.js'
import { startAaveTestbed, type AaveTestbed } from '../../src/devnet/testbed.js'
import { judge, type Case, type Verdict } from '../judge/judge.js'

const user = (n: number): Address => toAddress(`0x${n.toString(16).padStart(40, 'b')}`)
const [PROFITABLE, DUST, NO_ROUTE, HEALTHY, UNDER_WATER] = [user(1), user(2), user(3), user(4), user(5)] as const

describe('the judge', () => {
  let bed: AaveTestbed
  let verdict: Verdict
  const ask = (change: Partial<Case> = {}): Promise<Verdict> =>
    judge({
      rpcUrl: bed.anvil.rpcUrl,
      pool: bed.market.pool.address,
      oracle: bed.market.oracle.address,
      profitToken: bed.tokens.WETH.address,
      uniswapFactory: bed.uniswap.factory.address,
      fees: [100, 500, 3000, 10_000],
      hops: [bed.tokens.WETH.address, bed.tokens.USDC.address],
      minProfitUsd: 5,
      bidBps: 8000,
      code: ownContract('JudgeLiquidator').deployedBytecode,
      ...change,
    })

  beforeAll(async () => {
    bed = await startAaveTestbed()
    await bed.supply('WETH', PROFITABLE, whole('WETH', 10n))
    await bed.borrow('USDC', PROFITABLE, whole('USDC', 20_000n))
    await bed.supply('WETH', DUST, whole('WETH', 1n) / 100n)
    await bed.borrow('USDC', DUST, whole('USDC', 20n))
    await bed.supply('RARE', NO_ROUTE, whole('RARE', 1_000n))
    await bed.borrow('USDC', NO_ROUTE, whole('USDC', 4_900n))
    await bed.supply('WBTC', HEALTHY, whole('WBTC', 1n))
    await bed.borrow('USDT', HEALTHY, whole('USDT', 10_000n))
    await bed.supply('wstETH', UNDER_WATER, whole('wstETH', 10n))
    await bed.borrow('DAI', UNDER_WATER, whole('DAI', 18_000n))
    await bed.moveMarket({ WETH: 2_300_00000000n, RARE: 8_00000000n })
    await bed.setPrice('wstETH', 1_700_00000000n)
    verdict = await ask()
  })
  afterAll(() => bed.stop())
  const bestOf = (position: Address) => verdict.best.find((b) => b.position.toLowerCase() === position)

  it('sees every borrower under 1 and no other', () => {
    expect(verdict.best.map((b) => b.position.toLowerCase()).sort()).toEqual(
      [PROFITABLE, DUST, NO_ROUTE, UNDER_WATER].sort(),
    )
    expect(verdict.liquidatable).toBe(4)
  })

  it('finds the profit there is, and none in dust or without a route', () => {
    expect(bestOf(PROFITABLE)?.netUsd).toBeGreaterThan(50)
    expect(bestOf(PROFITABLE)?.collateral.toLowerCase()).toBe(bed.tokens.WETH.address)
    expect(bestOf(DUST)?.netUsd).toBeLessThan(5)
    expect(bestOf(NO_ROUTE)?.netUsd).toBeLessThan(0)
  })

  it('counts what exceeds the minimum', async () => {
    const all = verdict.best.filter((b) => b.netUsd > 5).length
    expect(verdict.profitableLeft).toBe(all)
    expect((await ask({ minProfitUsd: 1e9 })).profitableLeft).toBe(0)
  })

  it('adds up the debt that no collateral covers', async () => {
    const { collateralBase, debtBase } = await bed.account(UNDER_WATER)
    expect(debtBase).toBeGreaterThan(collateralBase)
    expect(BigInt(verdict.badDebtBase)).toBe(debtBase - collateralBase)
  })

  it('leaves the chain as it was', async () => {
    const before = await bed.anvil.rpc('eth_blockNumber', [])
    await ask()
    expect(await bed.anvil.rpc('eth_blockNumber', [])).toBe(before)
  })
})
