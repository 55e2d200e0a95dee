import type { Address } from '../domain/chain.js'
import { ownContract } from './artifacts/own-contracts.js'
import { OPENING_PRICES, SYMBOLS, WSTETH_RATIO, type TokenSymbol } from './catalogue.js'
import type { Contract, Deployer } from './deployer.js'

export interface Feeds {
  /** What the markets read and what takes `setAnswer(int256)`: a proxy; for wstETH a ratio adapter without rounds. */
  readonly sources: Readonly<Record<TokenSymbol, Contract>>
  /** Behind the proxies; none for wstETH. */
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
    const aggregator = await on.deploy(ownContract('DevAggregator'), [DESCRIPTIONS[symbol], 8, OPENING_PRICES[symbol]])
    await on.send(aggregator, 'setTransmitter', [forwarder.address, true])
    aggregators[symbol] = aggregator
    sources[symbol] = await on.deploy(ownContract('DevAggregatorProxy'), [aggregator.address])
  }
  const base = sources.WETH?.address
  sources.wstETH = await on.deploy(ownContract('DevRatioAdapter'), [base, DESCRIPTIONS.wstETH, WSTETH_RATIO])
  return { sources: sources as Record<TokenSymbol, Contract>, aggregators, forwarder, oracleNode }
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
