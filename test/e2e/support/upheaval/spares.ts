import { ZeroAddress } from 'ethers'
import type { AaveMarket } from '../../../../src/devnet/aave/market.js'
import { ownContract } from '../../../../src/devnet/artifacts/own-contracts.js'
import { packageArtifact } from '../../../../src/devnet/artifacts/package-artifact.js'
import { OPENING_PRICES, type TokenSymbol } from '../../../../src/devnet/catalogue.js'
import type { Contract } from '../../../../src/devnet/deployer.js'
import { SVR_CUTOFF_SECONDS } from '../../../../src/devnet/feeds.js'
import type { Ground } from '../../../../src/devnet/ground.js'

/** Contracts that wait to take the place of price sources. */
export interface Spares {
  /** To be put behind the proxies. */
  readonly aggregators: Readonly<Partial<Record<TokenSymbol, readonly Contract[]>>>
  /** To be what an oracle reads, of every kind; each takes `setAnswer(int256)` or follows one that does. */
  readonly sources: Readonly<Partial<Record<TokenSymbol, readonly Contract[]>>>
  /** Exchange rates of the sources that have one: each takes `setRate(uint256)`. */
  readonly rates: readonly Contract[]
  /** Another AaveOracle with the sources of the first. */
  oracle(market: AaveMarket): Promise<Contract>
}

const WITH_SPARES = ['WETH', 'USDC', 'WBTC', 'DAI'] as const
const PER_PROXY = 4

/** Deploys them; the node must mine automatically. */
export async function deploySpares(ground: Ground): Promise<Spares> {
  const aggregators: Partial<Record<TokenSymbol, Contract[]>> = {}
  const sources: Partial<Record<TokenSymbol, Contract[]>> = {}
  const rates: Contract[] = []
  for (const symbol of WITH_SPARES) {
    aggregators[symbol] = await spareAggregators(ground, symbol)
    const rate = await deploy(ground, 'DevExchangeRate', 10n ** 18n)
    rates.push(rate)
    sources[symbol] = await spareSources(ground, symbol, rate)
  }
  return { aggregators, sources, rates, oracle: (market) => secondOracle(ground, market) }
}

const deploy = ({ admin }: Ground, name: string, ...args: unknown[]): Promise<Contract> =>
  admin.deploy(ownContract(name), args)

/** Every second one of bitcoin's is a dual one again, which shows the market's proxy auctioned rounds first. */
async function spareAggregators(ground: Ground, symbol: TokenSymbol): Promise<Contract[]> {
  const made: Contract[] = []
  for (let i = 0; i < PER_PROXY; i++) {
    const figures = [`${symbol} / USD`, 8, (OPENING_PRICES[symbol] * BigInt(970 + 15 * i)) / 1_000n]
    const proxy = ground.feeds.sources[symbol].address
    const dual = symbol === 'WBTC' && i % 2 === 1
    const aggregator = dual
      ? await deploy(ground, 'DevDualAggregator', ...figures, proxy, SVR_CUTOFF_SECONDS + 40 * i)
      : await deploy(ground, 'DevAggregator', ...figures)
    await ground.admin.send(aggregator, 'setTransmitter', [ground.feeds.forwarder.address, true])
    made.push(aggregator)
  }
  return made
}

async function spareSources(ground: Ground, symbol: TokenSymbol, rate: Contract): Promise<Contract[]> {
  const proxy = ground.feeds.sources[symbol]
  const name = `${symbol} / USD`
  const bare = await deploy(ground, 'DevAggregator', name, 8, OPENING_PRICES[symbol])
  const behind = await deploy(ground, 'DevAggregator', name, 8, OPENING_PRICES[symbol])
  const { timestamp } = (await ground.admin.rpc('eth_getBlockByNumber', ['latest', false])) as { timestamp: string }
  const capped = await deploy(ground, 'DevRatioCapAdapter', proxy.address, rate.address, name, 900)
  return [
    proxy,
    bare,
    await deploy(ground, 'DevAggregatorProxy', behind.address),
    await deploy(ground, 'DevRatioAdapter', proxy.address, name, 99n * 10n ** 16n),
    capped,
    await deploy(ground, 'DevPrincipalTokenAdapter', proxy.address, Number(timestamp) + 40 * 86_400, 10n ** 17n, name),
    await deploy(ground, 'DevPrincipalTokenAdapter', capped.address, Number(timestamp) + 86_400, 10n ** 16n, name),
  ]
}

/** AaveOracle is the same contract in both versions. */
async function secondOracle({ admin }: Ground, market: AaveMarket): Promise<Contract> {
  const [assets] = await admin.read(market.pool, 'getReservesList')
  const sources: string[] = []
  for (const asset of assets as string[])
    sources.push(String((await admin.read(market.oracle, 'getSourceOfAsset', [asset]))[0]))
  const args = [
    market.addressesProvider.address,
    [...(assets as string[])],
    sources,
    ZeroAddress,
    ZeroAddress,
    10n ** 8n,
  ]
  const oracle = await admin.deploy(packageArtifact('@aave/core-v3', 'misc/AaveOracle.sol'), args)
  return oracle
}
