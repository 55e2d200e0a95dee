import type { Address, Hex } from '../../domain/chain.js'
import type { TokenSymbol } from '../catalogue.js'
import type { Contract, Deployer } from '../deployer.js'
import type { Feeds } from '../feeds.js'
import type { Tokens } from '../tokens.js'

export type AaveVersion = 'v3.6' | 'v3.0'

/** One deployed Aave market. */
export interface AaveMarket {
  readonly id: string
  readonly version: AaveVersion
  readonly addressesProvider: Contract
  readonly pool: Contract
  readonly configurator: Contract
  readonly oracle: Contract
  readonly dataProvider: Contract
  readonly aclManager: Contract
  /** Aave's own reading of what a liquidation would do; v3.6 only. */
  readonly liquidationDataProvider: Contract | null
  readonly deployBlock: number
  /** keccak256 of the runtime code behind the pool's proxy. */
  readonly implementationCodeHash: Hex
  readonly tokens: Tokens
  readonly listed: readonly TokenSymbol[]
}

/** What a market is built on. */
export interface MarketInput {
  readonly id: string
  readonly tokens: Tokens
  readonly feeds: Feeds
}

/** Where an upgradeable proxy keeps its implementation (EIP-1967). */
const IMPLEMENTATION_SLOT = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'

/** Runtime code behind a proxy. */
export async function implementationCode(on: Deployer, proxy: Address): Promise<Hex> {
  const word = (await on.rpc('eth_getStorageAt', [proxy, IMPLEMENTATION_SLOT, 'latest'])) as string
  return (await on.rpc('eth_getCode', [`0x${word.slice(-40)}`, 'latest'])) as Hex
}

export const blockNumber = async (on: Deployer): Promise<number> => Number(await on.rpc('eth_blockNumber', []))

/** Makes the deployer what Aave's governance is: every role that setting up needs. */
export async function takeRoles(on: Deployer, acl: Contract): Promise<void> {
  for (const role of ['addPoolAdmin', 'addRiskAdmin', 'addEmergencyAdmin', 'addAssetListingAdmin'])
    await on.send(acl, role, [on.from])
}
