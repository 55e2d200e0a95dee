import { Interface } from 'ethers'
import { wordOf } from './abi-words.js'
import type { Address, CallRequest, Hex } from './chain.js'

type NameIn<T extends readonly string[], Kind extends string> = {
  [I in keyof T]: T[I] extends `${Kind} ${infer Name}(${string}` ? Name : never
}[number]

type CallOf = (to: Address, ...args: (Hex | bigint | number)[]) => CallRequest

/** Event name → topic0, computed once from the fragments. */
export function topicsOf<const T extends readonly string[]>(fragments: T): Readonly<Record<NameIn<T, 'event'>, Hex>> {
  const found: Record<string, Hex> = {}
  new Interface(fragments).forEachEvent((event) => (found[event.name] = event.topicHash as Hex))
  return found as Record<NameIn<T, 'event'>, Hex>
}

/** Function name → builder of a call whose arguments are all one word. */
export function callsOf<const T extends readonly string[]>(
  fragments: T,
): Readonly<Record<NameIn<T, 'function'>, CallOf>> {
  const found: Record<string, CallOf> = {}
  new Interface(fragments).forEachFunction(({ name, selector }) => {
    found[name] = (to, ...args) => ({ to, data: `${selector}${args.map(wordOf).join('')}` as Hex })
  })
  return found as Record<NameIn<T, 'function'>, CallOf>
}
