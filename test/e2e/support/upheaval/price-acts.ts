import { ownContract } from '../../../../src/devnet/artifacts/own-contracts.js'
import { OPENING_PRICES, SYMBOLS, WSTETH_RATIO, type TokenSymbol } from '../../../../src/devnet/catalogue.js'
import { contractAt, type Contract } from '../../../../src/devnet/deployer.js'
import { forwardedTransmit } from '../../../../src/devnet/transmit.js'
import { toAddress, type Address } from '../../../../src/domain/chain.js'
import type { Act, Call, Scene, Stage } from './scene.js'

const STABLE: readonly TokenSymbol[] = ['USDC', 'USDT', 'DAI']
const FED = SYMBOLS.filter((symbol) => symbol !== 'wstETH')
const ONE = 10n ** 18n

/** What happens to prices and to where they come from. */
export const PRICE_ACTS: Readonly<Record<string, Act>> = {
  feedMove: (scene) => {
    const symbol = scene.pick(FED)
    return [scene.rule(scene.devnet.ground.feeds.sources[symbol], 'setAnswer', [price(scene, symbol)])]
  },
  transmit,
  newAggregator,
  assetSource: async (scene) => {
    const stage = scene.stage()
    const symbol = scene.pick(['WETH', 'USDC', 'WBTC', 'DAI'] as const)
    const source = scene.pick(scene.spares.sources[symbol] ?? [])
    const args = [[stage.tokens[symbol].address], [source.address]]
    return [scene.rule(await oracleOf(scene, stage), 'setAssetSources', args)]
  },
  spareSourceMove: (scene) => {
    const symbol = scene.pick(['WETH', 'USDC', 'WBTC', 'DAI'] as const)
    const sources = scene.spares.sources[symbol] ?? []
    const moving = sources.filter(({ abi }) => abi.hasFunction('setAnswer'))
    return [scene.rule(scene.pick(moving), 'setAnswer', [price(scene, symbol)])]
  },
  otherOracle: async (scene) => {
    const stage = scene.stage()
    const now = await oracleOf(scene, stage)
    const next = stage.oracles.find(({ address }) => address !== now.address) ?? now
    return [scene.rule(stage.addressesProvider, 'setPriceOracle', [next.address])]
  },
  ratio: (scene) => {
    const { sources } = scene.devnet.ground.feeds
    if (scene.chance(0.5)) return [scene.rule(scene.pick(scene.spares.rates), 'setRate', [near(scene, ONE, 20)])]
    const answer = near(scene, OPENING_PRICES.wstETH, 60)
    return [scene.rule(sources.wstETH, 'setAnswer', [answer])]
  },
  cap: async (scene) => {
    const { sources } = scene.devnet.ground.feeds
    const { timestamp } = (await scene.devnet.anvil.rpc('eth_getBlockByNumber', ['latest', false])) as {
      timestamp: string
    }
    const since = Number(timestamp) - scene.below(1_000_000)
    return [scene.rule(sources.wstETH, 'setCap', [near(scene, WSTETH_RATIO, 30), since, scene.below(3_000)])]
  },
  discount: async (scene) => {
    const found = await sideSource(scene, 'DevPrincipalTokenAdapter', 'discountRatePerYear')
    return found ? [scene.rule(found, 'setDiscountRatePerYear', [BigInt(scene.below(200)) * 10n ** 15n])] : []
  },
  obscureRatio: async (scene) => {
    const found = await sideSource(scene, 'DevRatioAdapter', 'ratio')
    return found ? [scene.rule(found, 'setRatio', [near(scene, ONE, 80)])] : []
  },
  cutoff: async (scene) => {
    const aggregator = await aggregatorOf(scene, 'WBTC')
    return [scene.rule(contractAt(ownContract('DevDualAggregator'), aggregator), 'setCutoffTime', [scene.below(90)])]
  },
}

/** Within so many thousandths of it. */
const near = (scene: Scene, value: bigint, thousandths: number): bigint =>
  (value * BigInt(1_000_000 - thousandths * 1_000 + scene.below(2_000 * thousandths))) / 1_000_000n

const price = (scene: Scene, symbol: TokenSymbol): bigint =>
  near(scene, OPENING_PRICES[symbol], STABLE.includes(symbol) ? 15 : 180)

const oracleOf = async (scene: Scene, stage: Stage): Promise<Contract> => {
  const now = toAddress(String(await scene.read(stage.addressesProvider, 'getPriceOracle')))
  return { ...stage.oracle, address: now }
}

const aggregatorOf = async (scene: Scene, symbol: TokenSymbol): Promise<Address> =>
  toAddress(String(await scene.read(scene.devnet.ground.feeds.sources[symbol], 'aggregator')))

/** One report of the oracle network; bitcoin's come through the auction or not. */
async function transmit(scene: Scene): Promise<readonly Call[]> {
  const { feeds } = scene.devnet.ground
  const symbol = scene.pick(FED)
  const aggregator = await aggregatorOf(scene, symbol)
  const kind = contractAt(ownContract('DevAggregator'), aggregator)
  const dual = symbol === 'WBTC' && (await isDual(scene, aggregator))
  const answer = price(scene, symbol)
  const known = dual ? 0n : BigInt(String(await scene.read(kind, 'latestEpochAndRound')))
  const head = (await scene.devnet.anvil.rpc('eth_getBlockByNumber', ['latest', false])) as Record<string, string>
  const report = {
    observationsTimestamp: Number(head['timestamp']),
    observations: [answer - 1n, answer, answer + 1n],
    // a dual one does not tell its last; blocks only grow between reorgs
    epochAndRound: dual ? BigInt(head['number'] ?? 0) : known + 1n,
  }
  const data = forwardedTransmit(aggregator, report, dual && scene.chance(0.6))
  return [{ from: feeds.nodes.open, to: feeds.forwarder.address, data }]
}

const isDual = async (scene: Scene, aggregator: Address): Promise<boolean> => {
  const dual = contractAt(ownContract('DevDualAggregator'), aggregator)
  return scene.read(dual, 'typeAndVersion').then(
    () => true,
    () => false,
  )
}

/** The proxy is pointed to another aggregator, which has a price of its own. */
function newAggregator(scene: Scene): readonly Call[] {
  const symbol = scene.pick(['WETH', 'USDC', 'WBTC', 'DAI'] as const)
  const next = scene.pick(scene.spares.aggregators[symbol] ?? []).address
  const proxy = scene.devnet.ground.feeds.sources[symbol]
  return [scene.rule(proxy, 'proposeAggregator', [next]), scene.rule(proxy, 'confirmAggregator', [next])]
}

/** The first source of the v3.6 market's side reserves that answers to this. */
async function sideSource(scene: Scene, contract: string, method: string): Promise<Contract | null> {
  const stage = scene.stages.find(({ version }) => version === 'v3.6')
  if (!stage) return null
  const listed = new Set(Object.values(stage.tokens).map(({ address }) => address))
  for (const asset of (await scene.read(stage.pool, 'getReservesList')) as string[]) {
    if (listed.has(toAddress(asset))) continue
    const source = await scene.read(stage.oracle, 'getSourceOfAsset', [asset])
    const found = contractAt(ownContract(contract), String(source))
    const answers = await scene.read(found, method).then(
      () => true,
      () => false,
    )
    if (answers) return found
  }
  return null
}
