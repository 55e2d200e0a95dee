import { whole } from '../../../src/devnet/catalogue.js'
import { toAddress, type Address } from '../../../src/domain/chain.js'
import type { ExecutorBed } from './executor-bed.js'

const MIN_SQRT_RATIO = 4_295_128_739n
const MAX_SQRT_RATIO = 1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_342n

/** A liquidator with everything prepared: standing approval, the debt in hand, a balance of the collateral. */
export async function bareLiquidationGas(bed: ExecutorBed, user: Address): Promise<number> {
  const liquidator = toAddress(bed.accounts[9] ?? '')
  await bed.mint('WETH', liquidator, 1n)
  const amount = whole('USDC', 10_000n)
  const receipt = await bed.liquidate(liquidator, {
    user,
    collateral: 'WETH',
    debt: 'USDC',
    debtToCover: amount,
    funds: amount * 2n,
  })
  return Number(receipt.gasUsed)
}

/** The cheapest swap of the same size: a contract that pays from its own balance and keeps nothing. */
export async function bareSwapGas(bed: ExecutorBed): Promise<number> {
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
