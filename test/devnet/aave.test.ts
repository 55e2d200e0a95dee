import { keccak256 } from 'ethers'
import { parseMarketFile } from '../../src/config/market-file.js'
import { reserveTokens } from '../../src/devnet/aave/actions.js'
import { implementationCode, type AaveVersion } from '../../src/devnet/aave/market.js'
import { EMODES, LISTINGS, whole } from '../../src/devnet/catalogue.js'
import { startAaveTestbed, type AaveTestbed } from '../../src/devnet/testbed.js'
import { toAddress, type Address } from '../../src/domain/chain.js'

const user = (i: number): Address => toAddress(`0x${'b0'.repeat(19)}${i.toString(16).padStart(2, '0')}`)
const MAX = 2n ** 256n - 1n

describe.each<AaveVersion>(['v3.6', 'v3.0'])('Aave %s', (version) => {
  let bed: AaveTestbed
  let liquidator: Address
  let snapshot: unknown

  beforeAll(async () => {
    bed = await startAaveTestbed({ version })
    liquidator = bed.accounts[7] ?? toAddress('0x')
  })
  beforeEach(async () => {
    snapshot = await bed.anvil.rpc('evm_snapshot', [])
  })
  afterEach(async () => {
    await bed.anvil.rpc('evm_revert', [snapshot])
  })
  afterAll(() => bed.stop())

  it('lists every asset as the catalogue says, with liquidity', async () => {
    const { admin, market, tokens } = bed
    for (const listing of LISTINGS) {
      const asset = tokens[listing.symbol].address
      const figures = await admin.read(market.dataProvider, 'getReserveConfigurationData', [asset])
      const { ltvBps, thresholdBps, bonusBps, reserveFactorBps, borrowable } = listing
      const expected = [ltvBps, thresholdBps, bonusBps, reserveFactorBps].map(BigInt)
      expect([...figures].slice(1, 5)).toEqual(expected)
      expect(figures.slice(5)).toEqual([true, borrowable, false, true, false])
      const [fee] = await admin.read(market.dataProvider, 'getLiquidationProtocolFee', [asset])
      expect(fee).toBe(BigInt(listing.protocolFeeBps))
      const { aToken } = await reserveTokens(admin, market, listing.symbol)
      const [held] = await admin.read(tokens[listing.symbol], 'balanceOf', [aToken.address])
      expect(held).toBe(whole(listing.symbol, listing.liquidity))
    }
    const [revision] = await admin.read(market.pool, 'POOL_REVISION')
    expect(revision).toBe(version === 'v3.6' ? 10n : 1n)
    const [premium] = await admin.read(market.pool, 'FLASHLOAN_PREMIUM_TOTAL')
    expect(premium).toBe(5n)
  })

  it('describes itself as a market file that the keeper accepts', async () => {
    const file = parseMarketFile(JSON.parse(JSON.stringify(bed.marketFile())), 'testbed')
    const market = file.markets[0]
    expect(market?.contracts['pool']).toBe(bed.market.pool.address)
    const code = await implementationCode(bed.admin, bed.market.pool.address)
    expect(code.length).toBeGreaterThan(20_000)
    expect(market?.implementationCodeHashes).toEqual([keccak256(code)])
    const before = `0x${(bed.market.deployBlock - 1).toString(16)}`
    expect(await bed.admin.rpc('eth_getCode', [bed.market.addressesProvider.address, before])).toBe('0x')
  })

  it('liquidates half of a position that a falling price left behind', async () => {
    await bed.supply('WETH', user(1), whole('WETH', 10n))
    await bed.borrow('USDC', user(1), whole('USDC', 19_000n))
    const order = {
      user: user(1),
      collateral: 'WETH',
      debt: 'USDC',
      debtToCover: MAX,
      funds: whole('USDC', 20_000n),
    } as const
    await expect(bed.liquidate(liquidator, order)).rejects.toThrow(/HealthFactorNotBelowThreshold|Error\(45\)/)
    await bed.setPrice('WETH', 2_200_00000000n)
    const before = await bed.account(user(1))
    expect(before.healthFactor).toBeLessThan(10n ** 18n)
    const receipt = await bed.liquidate(liquidator, order)
    const after = await bed.account(user(1))
    expect(after.healthFactor).toBeGreaterThan(10n ** 18n)
    expect(Number(after.debtBase) / Number(before.debtBase)).toBeCloseTo(0.5, 6)
    const [seized] = await bed.admin.read(bed.tokens.WETH, 'balanceOf', [liquidator])
    // 9,500 / 2,200 · 1.05, less a tenth of the bonus
    expect(Number(seized) / 1e18).toBeCloseTo((9_500 / 2_200) * (1 + 0.05 * 0.9), 3)
    expect(Number(receipt.gasUsed)).toBeLessThan(450_000)
  })

  it('applies the figures of an efficiency mode', async () => {
    await bed.supply('wstETH', user(2), whole('wstETH', 10n))
    await bed.setEMode(user(2), 1)
    // 27,435 of 29,500 USD: the mode's limit is 93 %, the reserve's own 78.5 %
    await bed.borrow('WETH', user(2), (27_400n * 10n ** 18n) / 2_500n)
    const { healthFactor } = await bed.account(user(2))
    expect(Number(healthFactor) / 1e18).toBeCloseTo((29_500 * 0.95) / 27_400, 4)
    await expect(bed.borrow('USDC', user(2), 10n ** 6n)).rejects.toThrow(/NotBorrowableInEMode|Error\((58|100)\)/)
    expect(EMODES.map(({ id }) => id)).toEqual([1, 2])
  })

  it('moves the exchange along with the feeds', async () => {
    await bed.moveMarket({ WETH: 1_700_00000000n, WBTC: 50_000_00000000n })
    const { quoter, pools } = bed.uniswap
    for (const pool of pools.filter((p) => [p.token0, p.token1].includes('WETH'))) {
      const other = pool.token0 === 'WETH' ? pool.token1 : pool.token0
      const input = [bed.tokens.WETH.address, bed.tokens[other].address, 10n ** 16n, pool.fee, 0n]
      const [out] = await bed.admin.read(quoter, 'quoteExactInputSingle', [input])
      const fair = (10n ** 16n * 1_700_00000000n * whole(other, 1n)) / (await bed.price(other)) / 10n ** 18n
      const keeps = 1 - pool.fee / 1e6
      expect(Number(out as bigint) / Number(fair) / keeps).toBeCloseTo(1, 3)
    }
  })
})

describe('Aave v3.6 alone', () => {
  let bed: AaveTestbed
  beforeAll(async () => {
    bed = await startAaveTestbed()
  })
  afterAll(() => bed.stop())

  it('writes off what collateral does not cover, as its own data provider foretells', async () => {
    const { admin, market, tokens, accounts } = bed
    await bed.supply('WETH', user(3), whole('WETH', 10n))
    await bed.borrow('USDC', user(3), whole('USDC', 20_000n))
    await bed.setPrice('WETH', 1_900_00000000n)
    const helper = market.liquidationDataProvider
    if (!helper) throw new Error('v3.6 has a liquidation data provider')
    const method = 'getLiquidationInfo(address,address,address)'
    const [info] = await admin.read(helper, method, [user(3), tokens.WETH.address, tokens.USDC.address])
    const { maxDebtToLiquidate } = info as { maxDebtToLiquidate: bigint }
    const funds = whole('USDC', 30_000n)
    const liquidator = accounts[7] ?? toAddress('0x')
    const order = { user: user(3), collateral: 'WETH', debt: 'USDC', debtToCover: MAX, funds } as const
    const receipt = await bed.liquidate(liquidator, order)
    const [left] = await admin.read(tokens.USDC, 'balanceOf', [liquidator])
    expect(funds - (left as bigint)).toBe(maxDebtToLiquidate)
    const deficit = market.pool.abi.getEvent('DeficitCreated')?.topicHash
    expect(receipt.logs.some((log) => log.topics[0] === deficit)).toBe(true)
    expect(await bed.account(user(3))).toMatchObject({ collateralBase: 0n, debtBase: 0n })
  })

  it('waits out a grace period and forbids dust', async () => {
    const { admin, market, tokens, accounts } = bed
    await bed.setPrice('WETH', 2_500_00000000n)
    await bed.supply('WETH', user(4), whole('WETH', 2n))
    await bed.borrow('DAI', user(4), whole('DAI', 4_000n))
    await bed.setPrice('WETH', 2_300_00000000n)
    const pause = [tokens.DAI.address, false, 3_600]
    await admin.send(market.configurator, 'setReservePause(address,bool,uint40)', pause)
    const liquidator = accounts[8] ?? toAddress('0x')
    const order = { user: user(4), collateral: 'WETH', debt: 'DAI', funds: whole('DAI', 5_000n) } as const
    await expect(bed.liquidate(liquidator, { ...order, debtToCover: MAX })).rejects.toThrow(
      'LiquidationGraceSentinelCheckFailed',
    )
    await admin.send(market.configurator, 'disableLiquidationGracePeriod', [tokens.DAI.address])
    const most = { ...order, debtToCover: whole('DAI', 3_500n) }
    await bed.setPrice('WETH', 2_100_00000000n)
    await expect(bed.liquidate(liquidator, most)).rejects.toThrow('MustNotLeaveDust')
  })
})
