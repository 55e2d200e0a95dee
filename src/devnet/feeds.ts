import { getCreateAddress } from 'ethers'
import { toAddress, type Address } from '../domain/chain.js'
import { ownContract } from './artifacts/own-contracts.js'
import { OPENING_PRICES, SYMBOLS, WSTETH_RATIO, WSTETH_YEARLY_GROWTH_BPS, type TokenSymbol } from './catalogue.js'
import type { Contract, Deployer } from './deployer.js'

export interface Feeds {
  /** What the markets read and what takes `setAnswer(int256)`: a proxy; for wstETH a ratio adapter over ether's. */
  readonly sources: Readonly<Record<TokenSymbol, Contract>>
  /** Behind the proxies; of a dual one (bitcoin's by default) the market reads the auctioned side; none for wstETH. */
  readonly aggregators: Readonly<Partial<Record<TokenSymbol, Contract>>>
  /** Those of `aggregators` that are dual ones. */
  readonly auctioned: readonly TokenSymbol[]
  /** Registered as transmitter of every aggregator; obeys `nodes.open` and `nodes.unseen`. */
  readonly forwarder: Contract
  /** Another operator's, registered with the dual aggregators; obeys `nodes.auction`. */
  readonly auctionForwarder: Contract
  readonly nodes: OracleNodes
}

/** The accounts that send reports: publicly, to the auction, and to the builder alone. */
export interface OracleNodes {
  readonly open: Address
  readonly auction: Address
  readonly unseen: Address
}

const DESCRIPTIONS: Readonly<Record<TokenSymbol, string>> = {
  WETH: 'ETH / USD',
  USDC: 'USDC / USD',
  USDT: 'USDT / USD',
  WBTC: 'BTC / USD',
  DAI: 'DAI / USD',
  wstETH: 'wstETH / ETH / USD',
  RARE: 'RARE / USD',
}

const AUCTIONED: readonly TokenSymbol[] = ['WBTC']

/** Chainlink-like feeds for every token at their opening prices, and the ways in that an oracle network uses. */
export async function deployFeeds(on: Deployer, nodes: OracleNodes, auctioned = AUCTIONED): Promise<Feeds> {
  const forwarder = await deployForwarder(on, [nodes.open, nodes.unseen])
  const aggregators: Partial<Record<TokenSymbol, Contract>> = {}
  const sources: Partial<Record<TokenSymbol, Contract>> = {}
  for (const symbol of SYMBOLS) {
    if (symbol === 'wstETH') continue
    const aggregator = await deployAggregator(on, symbol, auctioned.includes(symbol))
    await on.send(aggregator, 'setTransmitter', [forwarder.address, true])
    aggregators[symbol] = aggregator
    sources[symbol] = await on.deploy(ownContract('DevAggregatorProxy'), [aggregator.address])
  }
  const auctionForwarder = await deployForwarder(on, [nodes.auction])
  for (const symbol of auctioned) {
    const dual = aggregators[symbol]
    if (dual) await on.send(dual, 'setTransmitter', [auctionForwarder.address, true])
  }
  const rate = await on.deploy(ownContract('DevExchangeRate'), [WSTETH_RATIO])
  sources.wstETH = await on.deploy(ownContract('DevRatioCapAdapter'), [
    ...[sources.WETH?.address, rate.address, DESCRIPTIONS.wstETH, WSTETH_YEARLY_GROWTH_BPS],
  ])
  const all = sources as Record<TokenSymbol, Contract>
  return { sources: all, aggregators, auctioned, forwarder, auctionForwarder, nodes }
}

async function deployForwarder(on: Deployer, senders: readonly Address[]): Promise<Contract> {
  const forwarder = await on.deploy(ownContract('DevForwarder'))
  for (const sender of senders) await on.send(forwarder, 'setAuthorizedSender', [sender, true])
  return forwarder
}

/** Seconds after which the market sees a round of an auctioned feed that did not come through the auction. */
export const SVR_CUTOFF_SECONDS = 20
/** Deploying, transmitters and the proxy: the third transaction from here makes it. */
const PROXY_AFTER = 2

/** Of an SVR feed the proxy that follows is the one to which auctioned rounds show first. */
async function deployAggregator(on: Deployer, symbol: TokenSymbol, auctioned: boolean): Promise<Contract> {
  const figures = [DESCRIPTIONS[symbol], 8, OPENING_PRICES[symbol]]
  if (!auctioned) return on.deploy(ownContract('DevAggregator'), figures)
  const nonce = Number(await on.rpc('eth_getTransactionCount', [on.from, 'latest'])) + PROXY_AFTER
  const proxy = toAddress(getCreateAddress({ from: on.from, nonce }))
  return on.deploy(ownContract('DevDualAggregator'), [...figures, proxy, SVR_CUTOFF_SECONDS])
}

/** Starts a round with this price (USD, 8 decimals). */
export const setPrice = async (on: Deployer, feeds: Feeds, symbol: TokenSymbol, price8: bigint): Promise<void> => {
  await on.send(feeds.sources[symbol], 'setAnswer', [price8])
}

/** Price (USD, 8 decimals) that the source gives now. */
export async function priceOf(on: Deployer, feeds: Feeds, symbol: TokenSymbol): Promise<bigint> {
  const [answer] = await on.read(feeds.sources[symbol], 'latestAnswer')
  return answer as bigint
}
