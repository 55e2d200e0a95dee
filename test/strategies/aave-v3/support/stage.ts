import { AbiCoder, ZeroAddress, encodeBytes32String } from 'ethers'
import type { Address } from '../../../../src/domain/chain.js'
import { aaveV36Artifacts } from '../../../../src/devnet/artifacts/aave-v36.js'
import { ownContract } from '../../../../src/devnet/artifacts/own-contracts.js'
import { packageArtifact } from '../../../../src/devnet/artifacts/package-artifact.js'
import { TREASURY, type TokenSymbol } from '../../../../src/devnet/catalogue.js'
import { reserveTokens } from '../../../../src/devnet/aave/actions.js'
import type { Contract } from '../../../../src/devnet/deployer.js'
import { approve } from '../../../../src/devnet/tokens.js'
import type { World } from './world.js'

const core = (source: string): ReturnType<typeof packageArtifact> => packageArtifact('@aave/core-v3', source)

/** Where acts are done. */
export interface Stage {
  readonly world: World
  readonly modern: boolean
  asset(symbol: TokenSymbol): Address
  configure(method: string, args: readonly unknown[]): Promise<unknown>
  act(user: Address, to: Contract, method: string, args: readonly unknown[]): Promise<unknown>
  /** Tokens that were listed on the way, the newest last. */
  readonly listed: Contract[]
}

/** Lists a new token with the price of WBTC; the sender of everything holds plenty of it. */
export async function list({ world, modern, listed, asset }: Stage, collateral: boolean): Promise<void> {
  const { admin, market, feeds } = world.bed
  const token = await admin.deploy(ownContract('DevToken'), ['New', `NEW${listed.length}`, 8])
  listed.push(token)
  await admin.send(token, 'mint', [admin.from, 10n ** 20n])
  await approve(admin, token, admin.from, market.pool.address)
  await admin.send(market.oracle, 'setAssetSources', [[token.address], [feeds.sources.WBTC.address]])
  const names = { aTokenName: 'a', aTokenSymbol: 'a', variableDebtTokenName: 'v', variableDebtTokenSymbol: 'v' }
  const common = { ...names, underlyingAsset: token.address, params: '0x' }
  const [data] = await admin.read(market.pool, 'getReserveData', [asset('WBTC')])
  const old = data as Record<string, string>
  const input = modern ? await modernInput(world) : await oldInput(world, old['interestRateStrategyAddress'] ?? '')
  await admin.send(market.configurator, 'initReserves', [[{ ...common, ...input }]])
  if (collateral)
    await admin.send(market.configurator, 'configureReserveAsCollateral', [token.address, 6_000, 6_500, 10_800])
}

async function modernInput({ bed }: World): Promise<object> {
  const artifacts = await aaveV36Artifacts()
  const deploy = async (name: string, args: readonly unknown[]): Promise<string> => {
    const artifact = artifacts[name]
    if (!artifact) throw new Error(`no ${name}`)
    return (await bed.admin.deploy(artifact, args)).address
  }
  const { address } = bed.market.pool
  return {
    aTokenImpl: await deploy('ATokenInstance', [address, ZeroAddress, TREASURY]),
    variableDebtTokenImpl: await deploy('VariableDebtTokenInstance', [address, ZeroAddress]),
    interestRateData: AbiCoder.defaultAbiCoder().encode(
      ['uint16', 'uint32', 'uint32', 'uint32'],
      [4_500, 50, 700, 30_000],
    ),
  }
}

async function oldInput({ bed }: World, interestRateStrategyAddress: string): Promise<object> {
  const deploy = async (source: string): Promise<string> =>
    (await bed.admin.deploy(core(source), [bed.market.pool.address])).address
  return {
    aTokenImpl: await deploy('protocol/tokenization/AToken.sol'),
    stableDebtTokenImpl: await deploy('protocol/tokenization/StableDebtToken.sol'),
    variableDebtTokenImpl: await deploy('protocol/tokenization/VariableDebtToken.sol'),
    ...{
      underlyingAssetDecimals: 8,
      treasury: TREASURY,
      incentivesController: ZeroAddress,
      interestRateStrategyAddress,
    },
    ...{ stableDebtTokenName: 's', stableDebtTokenSymbol: 's' },
  }
}

export async function sentinel({ world }: Stage): Promise<void> {
  const { admin, market } = world.bed
  const sequencer = await admin.deploy(core('mocks/oracle/SequencerOracle.sol'), [admin.from])
  const args = [market.addressesProvider.address, sequencer.address, 3_600]
  const made = await admin.deploy(core('protocol/configuration/PriceOracleSentinel.sol'), args)
  await admin.send(market.addressesProvider, 'setPriceOracleSentinel', [made.address])
}

export async function newOracle({ world, asset, listed }: Stage): Promise<void> {
  const { admin, market, feeds } = world.bed
  const symbols = market.listed
  const sources = symbols.map((symbol) => feeds.sources[symbol === 'WETH' ? 'wstETH' : symbol].address)
  const assets = [...symbols.map(asset), ...listed.map(({ address }) => address)]
  const all = [...sources, ...listed.map(() => feeds.sources.WBTC.address)]
  const args = [market.addressesProvider.address, assets, all, ZeroAddress, ZeroAddress, 10n ** 8n]
  const made = await admin.deploy(core('misc/AaveOracle.sol'), args)
  await admin.send(market.addressesProvider, 'setPriceOracle', [made.address])
}

/** The provider sets any slot by its name, and says so with another event than its own setters. */
export async function slots({ world }: Stage): Promise<void> {
  const { admin, market } = world.bed
  const { addressesProvider, oracle } = market
  await admin.send(addressesProvider, 'setAddress', [encodeBytes32String('PRICE_ORACLE'), oracle.address])
  await admin.send(addressesProvider, 'setAddress', [encodeBytes32String('PRICE_ORACLE_SENTINEL'), ZeroAddress])
}

/** The real pool of v3.6 behind the proxy of v3.0: other revision, rounding, close factor and eMode from that block on. */
export async function upgradePool({ world }: Stage): Promise<void> {
  const { admin, market } = world.bed
  const artifacts = await aaveV36Artifacts()
  const libraries: Record<string, Address> = {}
  const deploy = async (name: string, args: readonly unknown[]): Promise<Address> => {
    const artifact = artifacts[name]
    if (!artifact) throw new Error(`no ${name}`)
    return (await admin.deploy(artifact, args, libraries)).address
  }
  for (const name of ['Supply', 'Borrow', 'Liquidation', 'Pool', 'Configurator', 'FlashLoan'].map((n) => `${n}Logic`))
    libraries[name] = await deploy(name, [])
  const rates = await deploy('DefaultReserveInterestRateStrategyV2', [market.addressesProvider.address])
  const code = await deploy('PoolInstance', [market.addressesProvider.address, rates])
  await admin.send(market.addressesProvider, 'setPoolImpl', [code])
}

/** The tokens of v3.6 behind their proxies: their own initializer wants another configurator than the one of v3.0. */
export async function upgradeTokens({ world }: Stage): Promise<void> {
  const { admin, anvil, market } = world.bed
  const artifacts = await aaveV36Artifacts()
  const place = async (name: string, args: readonly unknown[], proxies: readonly Address[]): Promise<void> => {
    const artifact = artifacts[name]
    if (!artifact) throw new Error(`no ${name}`)
    const { address } = await admin.deploy(artifact, [market.pool.address, ZeroAddress, ...args])
    for (const proxy of proxies)
      await anvil.rpc('anvil_setStorageAt', [proxy, IMPLEMENTATION_SLOT, `0x${address.slice(2).padStart(64, '0')}`])
  }
  const tokens = await Promise.all(market.listed.map((symbol) => reserveTokens(admin, market, symbol)))
  await place(
    'ATokenInstance',
    [TREASURY],
    tokens.map(({ aToken }) => aToken.address),
  )
  await place(
    'VariableDebtTokenInstance',
    [],
    tokens.map(({ debtToken }) => debtToken.address),
  )
}

/** EIP-1967. */
const IMPLEMENTATION_SLOT = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'
