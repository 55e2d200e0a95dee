import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder, packageVersion } from './package-artifact.js'

const ORIGIN = '@aave-dao/aave-v3-origin'
const PREFIX = `${ORIGIN}/src/contracts/`

/** Contracts to compile, in two groups of about equal work: one process each. */
export const GROUPS = {
  pool: [
    'instances/PoolInstance.sol',
    'protocol/libraries/logic/SupplyLogic.sol',
    'protocol/libraries/logic/BorrowLogic.sol',
    'protocol/libraries/logic/LiquidationLogic.sol',
    'protocol/libraries/logic/FlashLoanLogic.sol',
    'protocol/libraries/logic/PoolLogic.sol',
  ],
  rest: [
    'instances/PoolConfiguratorInstance.sol',
    'protocol/libraries/logic/ConfiguratorLogic.sol',
    'protocol/libraries/helpers/Errors.sol',
    'protocol/configuration/PoolAddressesProvider.sol',
    'protocol/configuration/ACLManager.sol',
    'instances/ATokenInstance.sol',
    'instances/VariableDebtTokenInstance.sol',
    'misc/AaveOracle.sol',
    'misc/DefaultReserveInterestRateStrategyV2.sol',
    'misc/PriceOracleSentinel.sol',
    'mocks/oracle/SequencerOracle.sol',
    'helpers/AaveProtocolDataProvider.sol',
    'helpers/LiquidationDataProvider.sol',
  ],
} as const

export type Group = keyof typeof GROUPS

/** The legacy pipeline with 200 runs: the only setting tried that keeps every contract under the size limit of EIP-170. */
const SETTINGS = {
  optimizer: { enabled: true, runs: 200 },
  evmVersion: 'shanghai',
  metadata: { bytecodeHash: 'none' },
  remappings: [
    'openzeppelin-contracts/contracts/=@openzeppelin/contracts/',
    'openzeppelin-contracts-upgradeable/contracts/=@openzeppelin/contracts-upgradeable/',
    'solidity-utils/contracts/=@bgd-labs/solidity-utils/src/contracts/',
  ],
} as const

const contractOf = (source: string): string => source.slice(source.lastIndexOf('/') + 1).replace(/\.sol$/, '')

/** What solc gets as standard JSON for one group. */
export function compilerInput(group: Group): object {
  const output = ['abi', 'evm.bytecode.object', 'evm.bytecode.linkReferences']
  const wanted = GROUPS[group].map((source) => [PREFIX + source, { [contractOf(source)]: output }] as const)
  return {
    language: 'Solidity',
    sources: Object.fromEntries(wanted.map(([source]) => [source, { content: sourceText(source) }])),
    settings: { ...SETTINGS, outputSelection: Object.fromEntries(wanted) },
  }
}

/** Text of a source by the path that solc asks for, which always begins with a package's name. */
export function sourceText(path: string): string {
  const [scope = '', name = '', ...rest] = path.split('/')
  const file = join(packageFolder(`${scope}/${name}`), ...rest)
  if (!existsSync(file)) throw new Error(`not found: ${path}`)
  return readFileSync(file, 'utf8')
}

/** Changes when anything that decides the bytecode changes: compiler, settings, contracts, package versions. */
export function compilationKey(): string {
  const packages = ['@openzeppelin/contracts', '@openzeppelin/contracts-upgradeable', '@bgd-labs/solidity-utils']
  const versions = ['solc-0827', ORIGIN, ...packages].map((name) => [name, packageVersion(name)])
  return createHash('sha256').update(JSON.stringify({ versions, SETTINGS, GROUPS })).digest('hex').slice(0, 24)
}
