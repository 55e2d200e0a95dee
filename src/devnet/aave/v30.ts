import { ZeroAddress, keccak256 } from 'ethers'
import type { Address, Hex } from '../../domain/chain.js'
import { packageArtifact } from '../artifacts/package-artifact.js'
import type { Artifact } from '../artifacts/artifact.js'
import { DECIMALS, EMODES, FLASH_LOAN_PREMIUM_BPS, LISTINGS, TREASURY, type Listing, type Rates } from '../catalogue.js'
import { contractAt, type Contract, type Deployer } from '../deployer.js'
import { blockNumber, implementationCode, takeRoles, type AaveMarket, type MarketInput } from './market.js'

const loaded = new Map<string, Artifact>()
/** Artifacts of @aave/core-v3, read once: the tests deploy the market many times. */
const core = (source: string): Artifact => {
  const artifact = loaded.get(source) ?? packageArtifact('@aave/core-v3', source)
  loaded.set(source, artifact)
  return artifact
}
const logic = (name: string): Artifact => core(`protocol/libraries/logic/${name}.sol`)

/** Deploys Aave v3.0 (pool revision 1) with every listing and efficiency mode of the catalogue, no liquidity yet. */
export async function deployAaveV30(on: Deployer, input: MarketInput): Promise<AaveMarket> {
  const { tokens, feeds } = input
  const deployBlock = (await blockNumber(on)) + 1
  const provider = await on.deploy(core('protocol/configuration/PoolAddressesProvider.sol'), [input.id, on.from])
  await on.send(provider, 'setACLAdmin', [on.from]) // the ACL manager reads it in its constructor
  const aclManager = await on.deploy(core('protocol/configuration/ACLManager.sol'), [provider.address])
  await on.send(provider, 'setACLManager', [aclManager.address])
  await takeRoles(on, aclManager)

  const { pool, configurator } = await deployPool(on, provider)
  const assets = LISTINGS.map(({ symbol }) => tokens[symbol].address)
  const sources = LISTINGS.map(({ symbol }) => feeds.sources[symbol].address)
  const oracleArguments = [provider.address, assets, sources, ZeroAddress, ZeroAddress, 10n ** 8n]
  const oracle = await on.deploy(core('misc/AaveOracle.sol'), oracleArguments)
  await on.send(provider, 'setPriceOracle', [oracle.address])
  const dataProvider = await on.deploy(core('misc/AaveProtocolDataProvider.sol'), [provider.address])
  await on.send(provider, 'setPoolDataProvider', [dataProvider.address])
  await listReserves(on, input, provider, pool, configurator)
  await configureEModes(on, configurator, input)
  await on.send(configurator, 'updateFlashloanPremiumTotal', [FLASH_LOAN_PREMIUM_BPS])
  return {
    ...{ id: input.id, version: 'v3.0', addressesProvider: provider, pool, configurator, oracle, dataProvider },
    aclManager,
    liquidationDataProvider: null,
    deployBlock,
    implementationCodeHash: keccak256(await implementationCode(on, pool.address)) as Hex,
    tokens,
    listed: LISTINGS.map(({ symbol }) => symbol),
  }
}

const LIBRARIES = ['Supply', 'Borrow', 'Liquidation', 'EMode', 'Bridge', 'Pool', 'Configurator', 'FlashLoan']

async function deployPool(on: Deployer, provider: Contract): Promise<{ pool: Contract; configurator: Contract }> {
  const libraries: Record<string, Address> = {}
  for (const name of LIBRARIES.map((short) => `${short}Logic`))
    // the last one links the second
    libraries[name] = (await on.deploy(logic(name), [], libraries)).address
  const poolCode = await on.deploy(core('protocol/pool/Pool.sol'), [provider.address], libraries)
  const configuratorCode = await on.deploy(core('protocol/pool/PoolConfigurator.sol'), [], libraries)
  await on.send(provider, 'setPoolImpl', [poolCode.address])
  await on.send(provider, 'setPoolConfiguratorImpl', [configuratorCode.address])
  const [pool] = await on.read(provider, 'getPool')
  const [configurator] = await on.read(provider, 'getPoolConfigurator')
  return {
    pool: contractAt(core('protocol/pool/Pool.sol'), pool as string),
    configurator: contractAt(core('protocol/pool/PoolConfigurator.sol'), configurator as string),
  }
}

async function listReserves(
  on: Deployer,
  { tokens }: MarketInput,
  provider: Contract,
  pool: Contract,
  configurator: Contract,
): Promise<void> {
  const implementations = {
    aTokenImpl: (await on.deploy(core('protocol/tokenization/AToken.sol'), [pool.address])).address,
    stableDebtTokenImpl: (await on.deploy(core('protocol/tokenization/StableDebtToken.sol'), [pool.address])).address,
    variableDebtTokenImpl: (await on.deploy(core('protocol/tokenization/VariableDebtToken.sol'), [pool.address]))
      .address,
  }
  const strategies = new Map<Rates, Address>()
  for (const { rates } of LISTINGS)
    if (!strategies.has(rates)) strategies.set(rates, await deployRates(on, provider, rates))
  const reserves = LISTINGS.map((listing) => ({
    ...implementations,
    ...reserveInput(listing, tokens[listing.symbol].address),
    interestRateStrategyAddress: strategies.get(listing.rates),
  }))
  await on.send(configurator, 'initReserves', [reserves])
  for (const one of LISTINGS) await configure(on, configurator, one, tokens[one.symbol].address)
}

/** The strategy of v3.0 counts in ray; stable rates are never switched on. */
async function deployRates(on: Deployer, provider: Contract, rates: Rates): Promise<Address> {
  const ray = (bps: number): bigint => BigInt(bps) * 10n ** 23n
  const variable = [rates.optimal, rates.base, rates.slope1, rates.slope2].map(ray)
  const stable = [400, 6_000, 100, 800, 2_000].map(ray)
  const artifact = core('protocol/pool/DefaultReserveInterestRateStrategy.sol')
  return (await on.deploy(artifact, [provider.address, ...variable, ...stable])).address
}

const reserveInput = ({ symbol }: Listing, asset: Address): object => ({
  underlyingAssetDecimals: DECIMALS[symbol],
  underlyingAsset: asset,
  treasury: TREASURY,
  incentivesController: ZeroAddress,
  aTokenName: `Aave Devnet 3.0 ${symbol}`,
  aTokenSymbol: `aDev30${symbol}`,
  variableDebtTokenName: `Aave Devnet 3.0 Variable Debt ${symbol}`,
  variableDebtTokenSymbol: `variableDebtDev30${symbol}`,
  stableDebtTokenName: `Aave Devnet 3.0 Stable Debt ${symbol}`,
  stableDebtTokenSymbol: `stableDebtDev30${symbol}`,
  params: '0x',
})

async function configure(on: Deployer, configurator: Contract, listing: Listing, asset: Address): Promise<void> {
  const { ltvBps, thresholdBps, bonusBps } = listing
  await on.send(configurator, 'configureReserveAsCollateral', [asset, ltvBps, thresholdBps, bonusBps])
  if (listing.borrowable) await on.send(configurator, 'setReserveBorrowing', [asset, true])
  await on.send(configurator, 'setReserveFactor', [asset, listing.reserveFactorBps])
  await on.send(configurator, 'setLiquidationProtocolFee', [asset, listing.protocolFeeBps])
  await on.send(configurator, 'setReserveFlashLoaning', [asset, true])
}

/** One category per reserve in this version; no price source of the category's own. */
async function configureEModes(on: Deployer, configurator: Contract, { tokens }: MarketInput): Promise<void> {
  for (const { id, ltvBps, thresholdBps, bonusBps, label, members } of EMODES) {
    await on.send(configurator, 'setEModeCategory', [id, ltvBps, thresholdBps, bonusBps, ZeroAddress, label])
    for (const symbol of members) await on.send(configurator, 'setAssetEModeCategory', [tokens[symbol].address, id])
  }
}
