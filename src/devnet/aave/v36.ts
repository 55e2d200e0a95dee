import { AbiCoder, ZeroAddress, keccak256 } from 'ethers'
import type { Address, Hex } from '../../domain/chain.js'
import { aaveV36Artifacts, type AaveV36Artifacts } from '../artifacts/aave-v36.js'
import type { Artifact } from '../artifacts/artifact.js'
import { EMODES, FLASH_LOAN_PREMIUM_BPS, LISTINGS, TREASURY, type Listing } from '../catalogue.js'
import { contractAt, type Contract, type Deployer } from '../deployer.js'
import { blockNumber, implementationCode, takeRoles, type AaveMarket, type MarketInput } from './market.js'

/** Deploys Aave v3.6 with every listing and efficiency mode of the catalogue, no liquidity yet. */
export async function deployAaveV36(on: Deployer, input: MarketInput): Promise<AaveMarket> {
  const artifacts = await aaveV36Artifacts()
  const artifact = (name: string): Artifact => pick(artifacts, name)
  const { tokens, feeds } = input
  const deployBlock = (await blockNumber(on)) + 1
  const provider = await on.deploy(artifact('PoolAddressesProvider'), [input.id, on.from])
  await on.send(provider, 'setACLAdmin', [on.from]) // the ACL manager reads it in its constructor
  const aclManager = await on.deploy(artifact('ACLManager'), [provider.address])
  await on.send(provider, 'setACLManager', [aclManager.address])
  await takeRoles(on, aclManager)

  const { pool, configurator } = await deployPool(on, artifacts, provider)
  const assets = LISTINGS.map(({ symbol }) => tokens[symbol].address)
  const sources = LISTINGS.map(({ symbol }) => feeds.sources[symbol].address)
  const oracleArguments = [provider.address, assets, sources, ZeroAddress, ZeroAddress, 10n ** 8n]
  const oracle = await on.deploy(artifact('AaveOracle'), oracleArguments)
  await on.send(provider, 'setPriceOracle', [oracle.address])
  const dataProvider = await on.deploy(artifact('AaveProtocolDataProvider'), [provider.address])
  await on.send(provider, 'setPoolDataProvider', [dataProvider.address])

  const aToken = await on.deploy(artifact('ATokenInstance'), [pool.address, ZeroAddress, TREASURY])
  const debtToken = await on.deploy(artifact('VariableDebtTokenInstance'), [pool.address, ZeroAddress])
  const reserves = LISTINGS.map((l) => reserveInput(l, tokens[l.symbol].address, aToken.address, debtToken.address))
  await on.send(configurator, 'initReserves', [reserves])
  for (const one of LISTINGS) await configure(on, configurator, one, tokens[one.symbol].address)
  await configureEModes(on, configurator, input)
  await on.send(configurator, 'updateFlashloanPremium', [FLASH_LOAN_PREMIUM_BPS])
  return {
    ...{ id: input.id, version: 'v3.6', addressesProvider: provider, pool, configurator, oracle, dataProvider },
    aclManager,
    liquidationDataProvider: await on.deploy(artifact('LiquidationDataProvider'), [pool.address, provider.address]),
    deployBlock,
    implementationCodeHash: keccak256(await implementationCode(on, pool.address)) as Hex,
    tokens,
    listed: LISTINGS.map(({ symbol }) => symbol),
  }
}

/** How an asset that is not in the catalogue is listed. */
export type AnyListing = Omit<Listing, 'symbol' | 'liquidity'> & { readonly symbol: string }

/** Lists one more asset on a v3.6 market, priced by `source`; no liquidity. */
export async function listAsset(
  on: Deployer,
  { pool, configurator, oracle }: AaveMarket,
  listing: AnyListing,
  { asset, source }: { readonly asset: Address; readonly source: Address },
): Promise<void> {
  const artifacts = await aaveV36Artifacts()
  const aToken = await on.deploy(pick(artifacts, 'ATokenInstance'), [pool.address, ZeroAddress, TREASURY])
  const debtToken = await on.deploy(pick(artifacts, 'VariableDebtTokenInstance'), [pool.address, ZeroAddress])
  await on.send(oracle, 'setAssetSources', [[asset], [source]])
  const reserve = reserveInput(listing, asset, aToken.address, debtToken.address)
  await on.send(configurator, 'initReserves', [[reserve]])
  await configure(on, configurator, listing, asset)
}

function pick(artifacts: AaveV36Artifacts, name: string): Artifact {
  const found = artifacts[name]
  if (!found) throw new Error(`Aave v3.6 was compiled without ${name}`)
  return found
}

async function deployPool(
  on: Deployer,
  artifacts: AaveV36Artifacts,
  provider: Contract,
): Promise<{ pool: Contract; configurator: Contract }> {
  const libraries: Record<string, Address> = {}
  // the last one links the second
  for (const name of [
    'SupplyLogic',
    'BorrowLogic',
    'LiquidationLogic',
    'PoolLogic',
    'ConfiguratorLogic',
    'FlashLoanLogic',
  ])
    libraries[name] = (await on.deploy(pick(artifacts, name), [], libraries)).address
  const rates = await on.deploy(pick(artifacts, 'DefaultReserveInterestRateStrategyV2'), [provider.address])
  const instance = pick(artifacts, 'PoolInstance')
  const poolCode = await on.deploy(instance, [provider.address, rates.address], libraries)
  const configuratorInstance = pick(artifacts, 'PoolConfiguratorInstance')
  const configuratorCode = await on.deploy(configuratorInstance, [], libraries)
  await on.send(provider, 'setPoolImpl', [poolCode.address])
  await on.send(provider, 'setPoolConfiguratorImpl', [configuratorCode.address])
  const [pool] = await on.read(provider, 'getPool')
  const [configurator] = await on.read(provider, 'getPoolConfigurator')
  // the pool's errors come from its libraries, so its own ABI does not have them
  const abi = errorsToo(instance, pick(artifacts, 'Errors'))
  return {
    pool: contractAt({ abi }, pool as string),
    configurator: contractAt(
      { abi: errorsToo(configuratorInstance, pick(artifacts, 'Errors')) },
      configurator as string,
    ),
  }
}

const merged = new WeakMap<Artifact, Artifact['abi']>()
function errorsToo(artifact: Artifact, errors: Artifact): Artifact['abi'] {
  const abi = merged.get(artifact) ?? [...artifact.abi, ...errors.abi]
  merged.set(artifact, abi)
  return abi
}

function reserveInput(listing: AnyListing, asset: Address, aToken: Address, debtToken: Address): object {
  const { optimal, base, slope1, slope2 } = listing.rates
  const abi = AbiCoder.defaultAbiCoder()
  return {
    aTokenImpl: aToken,
    variableDebtTokenImpl: debtToken,
    underlyingAsset: asset,
    aTokenName: `Aave Devnet ${listing.symbol}`,
    aTokenSymbol: `aDev${listing.symbol}`,
    variableDebtTokenName: `Aave Devnet Variable Debt ${listing.symbol}`,
    variableDebtTokenSymbol: `variableDebtDev${listing.symbol}`,
    params: '0x',
    interestRateData: abi.encode(['uint16', 'uint32', 'uint32', 'uint32'], [optimal, base, slope1, slope2]),
  }
}

async function configure(on: Deployer, configurator: Contract, listing: AnyListing, asset: Address): Promise<void> {
  const { ltvBps, thresholdBps, bonusBps } = listing
  await on.send(configurator, 'configureReserveAsCollateral', [asset, ltvBps, thresholdBps, bonusBps])
  if (listing.borrowable) await on.send(configurator, 'setReserveBorrowing', [asset, true])
  await on.send(configurator, 'setReserveFactor', [asset, listing.reserveFactorBps])
  await on.send(configurator, 'setLiquidationProtocolFee', [asset, listing.protocolFeeBps])
  await on.send(configurator, 'setReserveFlashLoaning', [asset, true])
}

async function configureEModes(on: Deployer, configurator: Contract, { tokens }: MarketInput): Promise<void> {
  for (const { id, ltvBps, thresholdBps, bonusBps, label, members } of EMODES) {
    await on.send(configurator, 'setEModeCategory', [id, ltvBps, thresholdBps, bonusBps, label])
    for (const symbol of members) {
      await on.send(configurator, 'setAssetCollateralInEMode', [tokens[symbol].address, id, true])
      await on.send(configurator, 'setAssetBorrowableInEMode', [tokens[symbol].address, id, true])
    }
  }
}
