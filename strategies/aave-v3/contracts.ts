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
