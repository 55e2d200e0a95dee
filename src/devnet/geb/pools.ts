import type { Address } from '../../domain/chain.js'
import type { Contract, Deployer } from '../deployer.js'
import { approve } from '../tokens.js'
import { rangeAround, sqrtPriceX96, tickNear } from '../uniswap/price-maths.js'
import type { Uniswap } from '../uniswap/deploy.js'

export interface PairPlan {
  readonly tokens: readonly [Contract, Contract]
  /** What the maker puts in of each, raw units: their proportion is the opening price. */
  readonly amounts: readonly [bigint, bigint]
  readonly fee: number
  readonly tickSpacing: number
}

/** Opens a Uniswap v3 pool over the whole line of prices; the maker must hold both amounts. Returns its address. */
export async function openPair(on: Deployer, uniswap: Uniswap, plan: PairPlan): Promise<Address> {
  const { positionManager, factory, maker } = uniswap
  const [a, b] = plan.tokens
  const ordered = a.address < b.address
  const [token0, token1] = ordered ? [a, b] : [b, a]
  const [amount0, amount1] = ordered ? plan.amounts : [plan.amounts[1], plan.amounts[0]]
  for (const token of plan.tokens) await approve(on, token, maker, positionManager.address)
  const sqrtPrice = sqrtPriceX96(amount1, amount0)
  const pair = [token0.address, token1.address, plan.fee]
  await on.send(positionManager, 'createAndInitializePoolIfNecessary', [...pair, sqrtPrice])
  const [lower, upper] = rangeAround(tickNear(sqrtPrice), null, plan.tickSpacing)
  const position = [...pair, lower, upper, amount0, amount1, 0, 0, maker, 2n ** 40n]
  await on.send(positionManager, 'mint', [position], { from: maker })
  const [pool] = await on.read(factory, 'getPool', pair)
  return (pool as string).toLowerCase() as Address
}
