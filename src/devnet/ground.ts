import { toAddress, type Address } from '../domain/chain.js'
import { supply } from './aave/actions.js'
import type { AaveMarket, AaveVersion } from './aave/market.js'
import { deployAaveV30 } from './aave/v30.js'
import { deployAaveV36 } from './aave/v36.js'
import type { Anvil } from './anvil.js'
import { LISTINGS, OPENING_PRICES, whole, type TokenSymbol } from './catalogue.js'
import { deployerOn, type Deployer } from './deployer.js'
import { deployFeeds, type Feeds } from './feeds.js'
import { placeMulticall } from './multicall.js'
import { deployTokens, type Tokens } from './tokens.js'
import { deployUniswapV3, type Uniswap } from './uniswap/deploy.js'
import { openEtherPool } from './uniswap/ether-pool.js'

/** Tokens, feeds and Uniswap: what all markets of one chain share. */
export interface Ground {
  readonly admin: Deployer
  /** The ten unlocked accounts of the node, in its order. */
  readonly accounts: readonly Address[]
  readonly tokens: Tokens
  readonly feeds: Feeds
  readonly uniswap: Uniswap
}

/** Places in `Ground.accounts`. `operator` serves test beds; a whole devnet makes an operator of its own. */
export const ROLES = {
  admin: 0,
  operator: 1,
  executorOwner: 2,
  payout: 3,
  maker: 4,
  oracleNode: 5,
  auctionNode: 6,
  unseenNode: 7,
} as const

export const accountOf = (accounts: readonly Address[], index: number): Address => {
  const account = accounts[index]
  if (!account) throw new RangeError(`the node has no account ${index}`)
  return account
}

export interface GroundOptions {
  /** The SVR feeds. */
  readonly auctioned?: readonly TokenSymbol[] | undefined
  /** How deep the pools are, percent of what is planned. */
  readonly depthPercent?: number | undefined
  /** True: there is a Uniswap v4 pool of native ether, too. Default false. */
  readonly etherPool?: boolean | undefined
}

/** Deploys tokens, feeds, multicall and Uniswap on a fresh node. */
export async function layGround(
  anvil: Anvil,
  { auctioned, depthPercent = 100, etherPool = false }: GroundOptions = {},
): Promise<Ground> {
  const accounts = ((await anvil.rpc('eth_accounts', [])) as string[]).map(toAddress)
  await anvil.rpc('anvil_autoImpersonateAccount', [true])
  const admin = deployerOn(anvil.rpc, accountOf(accounts, ROLES.admin))
  await placeMulticall(anvil.rpc)
  const tokens = await deployTokens(admin)
  const nodes = {
    open: accountOf(accounts, ROLES.oracleNode),
    auction: accountOf(accounts, ROLES.auctionNode),
    unseen: accountOf(accounts, ROLES.unseenNode),
  }
  const feeds = await deployFeeds(admin, nodes, auctioned)
  const maker = accountOf(accounts, ROLES.maker)
  const uniswap = await deployUniswapV3(admin, tokens, maker, OPENING_PRICES, BigInt(depthPercent))
  const ether = etherPool ? await openEtherPool(deployerOn(anvil.rpc, maker), tokens, maker, OPENING_PRICES) : null
  return { admin, accounts, tokens, feeds, uniswap: { ...uniswap, ether } }
}

/** Deploys a market on the ground and supplies its liquidity, owned by the market maker. */
export async function openMarket(ground: Ground, version: AaveVersion, id: string): Promise<AaveMarket> {
  const { admin, tokens, feeds, uniswap } = ground
  const deploy = version === 'v3.6' ? deployAaveV36 : deployAaveV30
  const market = await deploy(admin, { id, tokens, feeds })
  for (const { symbol, liquidity } of LISTINGS)
    await supply(admin, market, symbol, uniswap.maker, whole(symbol, liquidity))
  return market
}
