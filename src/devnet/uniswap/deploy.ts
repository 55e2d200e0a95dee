import { ZeroAddress } from 'ethers'
import type { Address } from '../../domain/chain.js'
import type { Artifact } from '../artifacts/artifact.js'
import { packageArtifact } from '../artifacts/package-artifact.js'
import { DECIMALS, SYMBOLS, type TokenSymbol } from '../catalogue.js'
import { contractAt, type Contract, type Deployer } from '../deployer.js'
import { approve, mint, type Tokens } from '../tokens.js'
import { POOLS, SPACINGS, type PoolPlan } from './pools.js'
import { rangeAround, sqrtPriceX96, tickNear } from './price-maths.js'

export interface UniswapPool {
  readonly contract: Contract
  readonly token0: TokenSymbol
  readonly token1: TokenSymbol
  readonly fee: number
}

/** A Uniswap v4 manager with one pool of native ether and USDC. */
export interface EtherPool {
  readonly manager: Contract
  /** `PoolSwapTest` of the package, which swaps for whoever calls it. */
  readonly swaps: Contract
  readonly key: readonly [Address, Address, number, number, Address]
  readonly maker: Address
}

export interface Uniswap {
  readonly factory: Contract
  /** The first SwapRouter, whose parameters carry a deadline. */
  readonly router: Contract
  readonly positionManager: Contract
  readonly quoter: Contract
  readonly tickLens: Contract
  readonly pools: readonly UniswapPool[]
  /** Null where none was asked for. */
  readonly ether: EtherPool | null
  /** Owns the liquidity and far more of every token: the market maker that moves pools with the feeds. */
  readonly maker: Address
}

export type Prices = Readonly<Record<TokenSymbol, bigint>>

const loaded = new Map<string, Artifact>()
const artifact = (part: 'core' | 'periphery', source: string): Artifact => {
  const found = loaded.get(source) ?? packageArtifact(`@uniswap/v3-${part}`, source)
  loaded.set(source, found)
  return found
}

/** Enough of every token that no trade of the devnet runs out of it, whole USD. */
const MAKER_USD = 20_000_000_000n

/**
 * Deploys Uniswap v3 and the planned pools, at prices in USD with 8 decimals and as deep as planned or less. `maker` must be
 * an unlocked account.
 */
export async function deployUniswapV3(
  on: Deployer,
  tokens: Tokens,
  maker: Address,
  prices: Prices,
  depthPercent = 100n,
): Promise<Uniswap> {
  const weth = tokens.WETH.address
  const factory = await on.deploy(artifact('core', 'UniswapV3Factory.sol'))
  await on.send(factory, 'enableFeeAmount', [100, SPACINGS[100]])
  const inputs = [factory.address, weth]
  const router = await on.deploy(artifact('periphery', 'SwapRouter.sol'), inputs)
  // the descriptor draws pictures of positions, which nobody looks at here
  const managerArguments = [...inputs, ZeroAddress]
  const positionManager = await on.deploy(artifact('periphery', 'NonfungiblePositionManager.sol'), managerArguments)
  const quoter = await on.deploy(artifact('periphery', 'lens/QuoterV2.sol'), inputs)
  const tickLens = await on.deploy(artifact('periphery', 'lens/TickLens.sol'))
  for (const symbol of SYMBOLS) {
    if (!POOLS.some((pool) => pool.tokens.includes(symbol))) continue
    await mint(on, tokens, symbol, maker, amountOf(symbol, MAKER_USD, prices))
    for (const spender of [router, positionManager]) await approve(on, tokens[symbol], maker, spender.address)
  }
  const pools: UniswapPool[] = []
  for (const plan of POOLS) {
    const depthUsd = (plan.depthUsd * depthPercent) / 100n
    pools.push(await openPool(on, { tokens, factory, positionManager, maker, prices }, { ...plan, depthUsd }))
  }
  return { factory, router, positionManager, quoter, tickLens, pools, ether: null, maker }
}

/** Raw units of a token that are worth this many whole USD. */
export const amountOf = (symbol: TokenSymbol, usd: bigint, prices: Prices): bigint =>
  (usd * 10n ** BigInt(8 + DECIMALS[symbol])) / prices[symbol]

/** √price of token0 in token1 at these USD prices. */
export const sqrtPriceAt = (token0: TokenSymbol, token1: TokenSymbol, prices: Prices): bigint =>
  sqrtPriceX96(prices[token0] * 10n ** BigInt(DECIMALS[token1]), prices[token1] * 10n ** BigInt(DECIMALS[token0]))

interface Opening {
  readonly tokens: Tokens
  readonly factory: Contract
  readonly positionManager: Contract
  readonly maker: Address
  readonly prices: Prices
}

async function openPool(on: Deployer, opening: Opening, plan: PoolPlan): Promise<UniswapPool> {
  const { tokens, positionManager, maker, prices } = opening
  const [a, b] = plan.tokens
  const [token0, token1] = tokens[a].address < tokens[b].address ? [a, b] : [b, a]
  const pair = [tokens[token0].address, tokens[token1].address, plan.fee]
  const sqrtPrice = sqrtPriceAt(token0, token1, prices)
  await on.send(positionManager, 'createAndInitializePoolIfNecessary', [...pair, sqrtPrice])
  const [address] = await on.read(opening.factory, 'getPool', pair)
  for (const { widthBps, shareBps } of plan.ranges) {
    const [tickLower, tickUpper] = rangeAround(tickNear(sqrtPrice), widthBps, SPACINGS[plan.fee] ?? 60)
    const half = (plan.depthUsd * shareBps) / 20_000n
    const [amount0, amount1] = [amountOf(token0, half, prices), amountOf(token1, half, prices)]
    const position = [...pair, tickLower, tickUpper, amount0, amount1, 0, 0, maker, 2n ** 40n]
    await on.send(positionManager, 'mint', [position], { from: maker })
  }
  return {
    contract: contractAt(artifact('core', 'UniswapV3Pool.sol'), address as string),
    token0,
    token1,
    fee: plan.fee,
  }
}
