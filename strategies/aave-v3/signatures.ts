import { Interface } from 'ethers'
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
import type { Address, CallRequest, Hex } from '../../src/domain/chain.js'
import { wordOf } from './words.js'

type NameIn<T extends readonly string[], Kind extends string> = {
  [I in keyof T]: T[I] extends `${Kind} ${infer Name}(${string}` ? Name : never
}[number]

/** Event name → topic0, computed once from the fragments. */
function topics<const T extends readonly string[]>(fragments: T): Readonly<Record<NameIn<T, 'event'>, Hex>> {
  const found: Record<string, Hex> = {}
  new Interface(fragments).forEachEvent((event) => (found[event.name] = event.topicHash as Hex))
  return found as Record<NameIn<T, 'event'>, Hex>
}

/** Function name → builder of a call whose arguments are all one word. */
function calls<const T extends readonly string[]>(
  fragments: T,
): Readonly<Record<NameIn<T, 'function'>, (to: Address, ...args: (Hex | bigint | number)[]) => CallRequest>> {
  const found: Record<string, (to: Address, ...args: (Hex | bigint | number)[]) => CallRequest> = {}
  new Interface(fragments).forEachFunction(({ name, selector }) => {
    found[name] = (to, ...args) => ({ to, data: `${selector}${args.map(wordOf).join('')}` as Hex })
  })
  return found as Record<NameIn<T, 'function'>, (to: Address, ...args: (Hex | bigint | number)[]) => CallRequest>
}

export const POOL = calls(AAVE_V3_POOL)
export const TOKEN = { ...calls(AAVE_V3_SCALED_TOKEN), ...calls(ERC20) }
export const ORACLE = calls(AAVE_V3_ORACLE)
export const PROVIDER = calls(AAVE_V3_ADDRESSES_PROVIDER)
export const SENTINEL = calls(AAVE_V3_SENTINEL)

export const POOL_TOPIC = topics([...AAVE_V3_POOL_EVENTS, ...UPGRADEABLE_PROXY] as const)
export const TOKEN_TOPIC = topics(AAVE_V3_SCALED_TOKEN)
export const CONFIGURATOR_TOPIC = topics(AAVE_V3_CONFIGURATOR)
export const ORACLE_TOPIC = topics(AAVE_V3_ORACLE)
export const PROVIDER_TOPIC = topics(AAVE_V3_ADDRESSES_PROVIDER)
export const SENTINEL_TOPIC = topics(AAVE_V3_SENTINEL)
