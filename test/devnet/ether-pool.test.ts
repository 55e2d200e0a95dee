import { startAaveTestbed, type AaveTestbed } from '../../src/devnet/testbed.js'
import { contractsOf } from '../../src/config/venues.js'
import { parseMarketFile } from '../../src/config/market-file.js'
import { UniswapV4Venue } from '../../src/profit/uniswap-v4/venue.js'
import { RpcReader } from '../profit/support/rpc-reader.js'

describe('the Uniswap v4 pool of native ether', () => {
  let bed: AaveTestbed
  beforeAll(async () => {
    bed = await startAaveTestbed({ etherPool: true })
  })
  afterAll(() => bed.stop())

  it('is in the market file, and follows the feeds as the other pools do', async () => {
    const { chain } = parseMarketFile(bed.marketFile(), 'devnet')
    const config = chain.venues.find((venue) => venue.kind === 'uniswapV4')
    if (config === undefined || config.kind !== 'uniswapV4') throw new Error('no venue')
    expect(contractsOf(config)).toEqual([bed.uniswap.ether?.manager.address])
    const [WETH, USDC] = [bed.tokens.WETH.address, bed.tokens.USDC.address]
    const reader = new RpcReader(bed.anvil.rpc)
    const venue = new UniswapV4Venue(config, chain)
    const one = 10n ** 18n
    const brings = async (): Promise<bigint> => {
      const block = await reader.block()
      const found = await venue.find(reader, [[WETH, USDC]], block)
      const [pool, ...more] = await venue.load(reader, found, block)
      expect([pool?.token0, pool?.via, more]).toMatchObject([WETH, { native: true }, []])
      return pool?.sell(WETH, one)?.amountOut ?? 0n
    }
    for (const usd of [3_000n, 1_900n, 2_500n]) {
      await bed.moveMarket({ WETH: usd * 10n ** 8n })
      const got = await brings()
      // the fee of 0.05 %, and what one ether moves the price
      expect(got).toBeLessThan((usd * 10n ** 6n * 9_996n) / 10_000n)
      expect(got).toBeGreaterThan((usd * 10n ** 6n * 9_990n) / 10_000n)
    }
    const [loan] = (await venue.loans(reader, [WETH], await reader.block())).filter((l) => l.via === 'uniswapV4Native')
    expect(loan?.available).toBeGreaterThan(1_000n * one)
  })
})
