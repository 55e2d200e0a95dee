import {
  AAVE_V3_ADDRESSES_PROVIDER,
  AAVE_V3_CONFIGURATOR,
  AAVE_V3_ORACLE,
  AAVE_V3_SENTINEL,
  UPGRADEABLE_PROXY,
} from '../../abis/aave-v3-configuration.js'
import { AAVE_V3_POOL, AAVE_V3_POOL_EVENTS } from '../../abis/aave-v3-pool.js'
import { AAVE_V3_SCALED_TOKEN } from '../../abis/aave-v3-tokens.js'
import { ERC20 } from '../../abis/erc20.js'
import { callsOf, topicsOf } from '../../src/domain/abi-calls.js'

export const POOL = callsOf(AAVE_V3_POOL)
export const TOKEN = { ...callsOf(AAVE_V3_SCALED_TOKEN), ...callsOf(ERC20) }
export const ORACLE = callsOf(AAVE_V3_ORACLE)
export const PROVIDER = callsOf(AAVE_V3_ADDRESSES_PROVIDER)
export const SENTINEL = callsOf(AAVE_V3_SENTINEL)

export const POOL_TOPIC = topicsOf([...AAVE_V3_POOL_EVENTS, ...UPGRADEABLE_PROXY] as const)
export const TOKEN_TOPIC = topicsOf(AAVE_V3_SCALED_TOKEN)
export const CONFIGURATOR_TOPIC = topicsOf(AAVE_V3_CONFIGURATOR)
export const ORACLE_TOPIC = topicsOf(AAVE_V3_ORACLE)
export const PROVIDER_TOPIC = topicsOf(AAVE_V3_ADDRESSES_PROVIDER)
export const SENTINEL_TOPIC = topicsOf(AAVE_V3_SENTINEL)
