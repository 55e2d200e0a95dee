import { contractAt } from '../../../src/devnet/deployer.js'
import { packageArtifact } from '../../../src/devnet/artifacts/package-artifact.js'
import { tickAtSqrtPrice, sqrtPriceAtTick } from '../../../src/profit/uniswap-v3/tick-price.js'
import type { ExecutorBed } from '../../contracts/support/executor-bed.js'

const FEE = 3_000
const SPACING = 60
const LOTS = 10n ** 30n

/** A real pool of RARE and WETH at the feeds' prices, its liquidity over the whole line, worth `depthUsd` in all. */
export async function openRarePool(bed: ExecutorBed, depthUsd: number): Promise<void> {
  const { admin, tokens, uniswap } = bed
  const { maker, positionManager } = uniswap
  await bed.mint('RARE', maker, LOTS)
  await admin.send(tokens.RARE, 'approve', [positionManager.address, LOTS], { from: maker })
  const [rare, weth] = [await bed.price('RARE'), await bed.price('WETH')]
  const rareFirst = tokens.RARE.address < tokens.WETH.address
  const price = rareFirst ? Number(rare) / Number(weth) : Number(weth) / Number(rare)
  const sqrtPrice = sqrtPriceAtTick(tickAtSqrtPrice(BigInt(Math.floor(Math.sqrt(price) * 2 ** 96))))
  const half = (token8: bigint): bigint => BigInt(Math.floor((depthUsd / 2 / (Number(token8) / 1e8)) * 1e18))
  const amounts = rareFirst ? [half(rare), half(weth)] : [half(weth), half(rare)]
  const pair = rareFirst ? [tokens.RARE.address, tokens.WETH.address] : [tokens.WETH.address, tokens.RARE.address]
  await admin.send(positionManager, 'createAndInitializePoolIfNecessary', [...pair, FEE, sqrtPrice], { from: maker })
  const end = Math.floor(887_272 / SPACING) * SPACING
  const manager = contractAt(
    packageArtifact('@uniswap/v3-periphery', 'NonfungiblePositionManager.sol'),
    positionManager.address,
  )
  const position = [...pair, FEE, -end, end, ...amounts, 0, 0, maker, 2n ** 40n]
  await admin.send(manager, 'mint', [position], { from: maker })
}
