import type { Address } from '../../src/domain/chain.js'
import { SettingsError } from '../../src/domain/errors.js'
import type { Market } from '../../src/domain/market.js'

/**
 * Contracts that the market file of an Aave v3 market names under `contracts`; every other address (tokens, price
 * sources, sentinel, treasury) is read from the chain.
 *
 * - `pool`: the Pool proxy (`PoolAddressesProvider.getPool`)
 * - `addressesProvider`: PoolAddressesProvider
 * - `configurator`: the PoolConfigurator proxy (`getPoolConfigurator`)
 * - `oracle`: AaveOracle (`getPriceOracle`)
 *
 * `implementationCodeHashes` holds keccak256 of the runtime code of the Pool implementation (one or more). The liquidation
 * rules live in the linked LiquidationLogic, whose address is part of the implementation's code, so one hash pins both.
 */
export const AAVE_V3_CONTRACTS = ['pool', 'addressesProvider', 'configurator', 'oracle'] as const

export type AaveV3Contract = (typeof AAVE_V3_CONTRACTS)[number]

/** The address that the market file names; throws `SettingsError('MARKETS_FILE')` when it is missing. */
export function contractOf(market: Market, name: AaveV3Contract): Address {
  const address = market.contracts[name]
  if (address === undefined) throw new SettingsError('MARKETS_FILE', `market ${market.id} names no contract "${name}"`)
  return address
}
