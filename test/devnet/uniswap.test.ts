import { OPENING_PRICES, whole } from '../../src/devnet/catalogue.js'
import { POOLS } from '../../src/devnet/uniswap/pools.js'
import { rangeAround, sqrtPriceX96, squareRoot, tickNear } from '../../src/devnet/uniswap/price-maths.js'
import { startAnvil, type Anvil } from '../../src/devnet/anvil.js'
import { layGround, type Ground } from '../../src/devnet/ground.js'
import { approve, mint } from '../../src/devnet/tokens.js'

describe('price maths', () => {
  it('takes square roots rounded down', () => {
    for (const value of [0n, 1n, 2n, 3n, 4n, 99n, 100n, 2n ** 192n - 1n, 2n ** 255n + 12_345n]) {
      const root = squareRoot(value)
      expect(root * root <= value && (root + 1n) * (root + 1n) > value).toBe(true)
    }
  })

  it('finds ticks and ranges on the spacing', () => {
    expect(tickNear(2n ** 96n)).toBe(0)
    expect(tickNear(sqrtPriceX96(4n, 1n))).toBe(13_863)
    expect(rangeAround(0, null, 60)).toEqual([-887_220, 887_220])
    const [lower, upper] = rangeAround(13_863, 300, 60)
    expect([lower % 60, upper % 60]).toEqual([0, 0])
    expect(lower).toBeLessThan(13_863 - 290)
    expect(upper).toBeGreaterThan(13_863 + 290)
  })
})

describe('pools', () => {
  let anvil: Anvil
  let ground: Ground
  beforeAll(async () => {
    anvil = await startAnvil()
    ground = await layGround(anvil)
  })
  afterAll(() => anvil.stop())

  it('opens every planned pool, none for RARE', () => {
    expect(ground.uniswap.pools.map((p) => [p.token0, p.token1].sort().join())).toEqual(
      POOLS.map((p) => [...p.tokens].sort().join()),
    )
    expect(ground.uniswap.pools.some((p) => [p.token0, p.token1].includes('RARE'))).toBe(false)
  })

  it('pays what it quotes, also across ticks, and stays deep enough', async () => {
    const { admin, tokens, uniswap, accounts } = ground
    const trader = accounts[6] ?? admin.from
    const input = [tokens.WETH.address, tokens.USDC.address]
    const amountIn = whole('WETH', 8_000n)
    const quoted = await admin.read(uniswap.quoter, 'quoteExactInputSingle', [[...input, amountIn, 500, 0n]])
    const [out, , ticksCrossed] = quoted as unknown as [bigint, bigint, bigint]
    await mint(admin, tokens, 'WETH', trader, amountIn)
    await approve(admin, tokens.WETH, trader, uniswap.router.address)
    const swap = [...input, 500, trader, 2n ** 40n, amountIn, out, 0n]
    await admin.send(uniswap.router, 'exactInputSingle', [swap], { from: trader })
    const [got] = await admin.read(tokens.USDC, 'balanceOf', [trader])
    expect(got).toBe(out)
    expect(ticksCrossed).toBeGreaterThan(0n)
    const fair = (amountIn * OPENING_PRICES.WETH) / 10n ** 20n
    expect(Number(out) / Number(fair)).toBeGreaterThan(0.9)
  })
})
