import { ZeroAddress } from 'ethers'
import type { Address } from '../../domain/chain.js'
import { foundryArtifact } from '../artifacts/package-artifact.js'
import type { Deployer } from '../deployer.js'
import { approve, giveEther, type Tokens } from '../tokens.js'
import { amountOf, type EtherPool, type Prices } from './deploy.js'
import { rangeAround, sqrtPriceX96, tickNear } from './price-maths.js'

export const ETHER_SHAPE = { fee: 500, tickSpacing: 10 } as const
const DEPTH_USD = 20_000_000n
const WIDTHS_BPS = [1_500, 10_000] as const
/** Sent with every call that may need ether; what is not needed comes back. */
export const ETHER_SENT = 10n ** 24n
const NOBODY = ZeroAddress as Address

/** Deploys the real manager from the account of `maker`, so that no other contract of the devnet moves, and opens the pool. */
export async function openEtherPool(
  on: Deployer,
  { USDC }: Tokens,
  maker: Address,
  prices: Prices,
): Promise<EtherPool> {
  const deploy = (name: string, args: readonly unknown[]) => on.deploy(foundryArtifact('@uniswap/v4-core', name), args)
  const manager = await deploy('PoolManager', [maker])
  const liquidity = await deploy('PoolModifyLiquidityTest', [manager.address])
  const swaps = await deploy('PoolSwapTest', [manager.address])
  for (const { address } of [liquidity, swaps]) await approve(on, USDC, maker, address)
  await giveEther(on, maker, ETHER_SENT * 2n)
  const { fee, tickSpacing } = ETHER_SHAPE
  const key = [NOBODY, USDC.address, fee, tickSpacing, NOBODY] as const
  const sqrtPrice = etherPrice(prices)
  await on.send(manager, 'initialize', [key, sqrtPrice])
  for (const width of WIDTHS_BPS) {
    const [low, high] = rangeAround(tickNear(sqrtPrice), width, tickSpacing)
    const half = amountOf('WETH', DEPTH_USD / BigInt(2 * WIDTHS_BPS.length), prices)
    const amount = [low, high, liquidityOf(half, sqrtPrice, high), `0x${'0'.repeat(64)}`]
    await on.send(liquidity, MODIFY, [key, amount, '0x'], { value: ETHER_SENT })
  }
  return { manager, swaps, key, maker }
}

/** √price of ether in USDC. */
export const etherPrice = (prices: Prices): bigint => sqrtPriceX96(prices.WETH * 10n ** 6n, prices.USDC * 10n ** 18n)

/** Liquidity for which `amount` of ether is due above the price; near enough for a devnet. */
function liquidityOf(amount: bigint, sqrtPrice: bigint, high: number): bigint {
  const upper = BigInt(Math.floor(1.0001 ** (high / 2) * 2 ** 48)) << 48n
  return (((amount * sqrtPrice) >> 96n) * upper) / (upper - sqrtPrice)
}

const MODIFY = 'modifyLiquidity((address,address,uint24,int24,address),(int24,int24,int256,bytes32),bytes)'
