import { Interface } from 'ethers'
import { ERC20 } from '../../abis/erc20.js'
import {
  GEB_ACCOUNTING_ENGINE,
  GEB_COLLATERAL_AUCTION_HOUSE,
  GEB_DEBT_AUCTION_HOUSE,
  GEB_JOINS,
} from '../../abis/geb-auctions.js'
import { GEB_LIQUIDATION_ENGINE, GEB_ORACLES, GEB_SAFE_ENGINE, GEB_TOKENS } from '../../abis/geb-core.js'
import type { Address, CallRequest, CallResult, Hex, Reader } from '../../src/domain/chain.js'
import { KeeperError } from '../../src/domain/errors.js'

export const SAFE_ENGINE = new Interface(GEB_SAFE_ENGINE)
export const LIQUIDATION_ENGINE = new Interface(GEB_LIQUIDATION_ENGINE)
export const ACCOUNTING_ENGINE = new Interface(GEB_ACCOUNTING_ENGINE)
export const DEBT_HOUSE = new Interface(GEB_DEBT_AUCTION_HOUSE)
export const COLLATERAL_HOUSE = new Interface(GEB_COLLATERAL_AUCTION_HOUSE)
export const JOIN = new Interface(GEB_JOINS)
export const ORACLES = new Interface(GEB_ORACLES)
export const TOKEN = new Interface([...new Set([...ERC20, ...GEB_TOKENS])])

export const topicOf = (abi: Interface, event: string): Hex => {
  const hash = abi.getEvent(event)?.topicHash
  if (hash === undefined) throw new RangeError(`no event ${event}`)
  return hash as Hex
}

export const callOf = (
  abi: Interface,
  to: Address,
  name: string,
  args: readonly unknown[] = [],
): { readonly to: Address; readonly data: Hex } => ({ to, data: abi.encodeFunctionData(name, [...args]) as Hex })

/** A read of which the words of the answer are wanted. */
export type Ask = readonly [abi: Interface, to: Address, name: string, args?: readonly unknown[]]

const requestOf = ([abi, to, name, args]: Ask): CallRequest => callOf(abi, to, name, args)

/** The words of each answer as unsigned integers. Throws `KeeperError('read-failed')` with the first that failed. */
export async function askAll(reader: Reader, asks: readonly Ask[], block: number): Promise<readonly bigint[][]> {
  const results = await reader.calls(asks.map(requestOf), block)
  return asks.map((ask, i) => wordsOf(ask, results[i], block))
}

function wordsOf([, to, name]: Ask, result: CallResult | undefined, block: number): bigint[] {
  if (result?.ok !== true || result.data === '0x' || (result.data.length - 2) % 64 !== 0)
    throw new KeeperError(
      'read-failed',
      `${name}() of ${to} failed at block ${block}: MARKETS_FILE names another contract, or the node lacks that block`,
      { to, name, block },
    )
  const words = result.data.slice(2).match(/.{64}/g) ?? []
  return words.map((word) => BigInt(`0x${word}`))
}

export const addressOf = (word: bigint): Address => `0x${(word % 2n ** 160n).toString(16).padStart(40, '0')}`

/** A SAFE's choice of saviour; null for none. */
export const saviourOf = (word: bigint): Address | null => (word === 0n ? null : addressOf(word))

/** Word `index` of an answer; throws `RangeError` when the contract answered fewer. */
export function word(words: readonly bigint[] | undefined, index = 0): bigint {
  const value = words?.[index]
  if (value === undefined) throw new RangeError(`an answer has no word ${index}`)
  return value
}
