import { getCreateAddress } from 'ethers'
import { toAddress, type Address } from '../domain/chain.js'
import { ownContract } from './artifacts/own-contracts.js'
import { OPENING_PRICES, SYMBOLS, WSTETH_RATIO, WSTETH_YEARLY_GROWTH_BPS, type TokenSymbol } from './catalogue.js'
import type { Contract, Deployer } from './deployer.js'

export interface Feeds {
  /** What the markets read and what takes `setAnswer(int256)`: a proxy; for wstETH a ratio adapter over ether's. */
  readonly sources: Readonly<Record<TokenSymbol, Contract>>
  /** Behind the proxies; WBTC's is a dual one, of which the market reads the auctioned side; none for wstETH. */
  readonly aggregators: Readonly<Partial<Record<TokenSymbol, Contract>>>
  /** Registered as transmitter of every aggregator; its only authorised sender is `oracleNode`. */
  readonly forwarder: Contract
  readonly oracleNode: Address
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

/** Chainlink-like feeds for every token at their opening prices, and the way in that an oracle network uses. */
export async function deployFeeds(on: Deployer, oracleNode: Address): Promise<Feeds> {
  const forwarder = await on.deploy(ownContract('DevForwarder'))
  await on.send(forwarder, 'setAuthorizedSender', [oracleNode, true])
  const aggregators: Partial<Record<TokenSymbol, Contract>> = {}
  const sources: Partial<Record<TokenSymbol, Contract>> = {}
  for (const symbol of SYMBOLS) {
    if (symbol === 'wstETH') continue
    const aggregator = await deployAggregator(on, symbol)
    await on.send(aggregator, 'setTransmitter', [forwarder.address, true])
    aggregators[symbol] = aggregator
    sources[symbol] = await on.deploy(ownContract('DevAggregatorProxy'), [aggregator.address])
  }
  const rate = await on.deploy(ownContract('DevExchangeRate'), [WSTETH_RATIO])
  sources.wstETH = await on.deploy(ownContract('DevRatioCapAdapter'), [
    ...[sources.WETH?.address, rate.address, DESCRIPTIONS.wstETH, WSTETH_YEARLY_GROWTH_BPS],
  ])
  return { sources: sources as Record<TokenSymbol, Contract>, aggregators, forwarder, oracleNode }
}

/** Seconds after which the market sees a WBTC round that did not come through the auction. */
export const SVR_CUTOFF_SECONDS = 20
/** Deploying, transmitters and the proxy: the third transaction from here makes it. */
const PROXY_AFTER = 2

/** Bitcoin's is an SVR feed: the proxy that follows is the one to which auctioned rounds show first. */
async function deployAggregator(on: Deployer, symbol: TokenSymbol): Promise<Contract> {
  const figures = [DESCRIPTIONS[symbol], 8, OPENING_PRICES[symbol]]
  if (symbol !== 'WBTC') return on.deploy(ownContract('DevAggregator'), figures)
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
