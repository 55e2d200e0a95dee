import { id } from 'ethers'
import type { Hex, RawLog } from '../../domain/chain.js'

/** What changes a pool's quotes. Fees that are collected, flash loans and protocol fees do not. */
export type PoolEvent =
  | { readonly kind: 'price'; readonly sqrtPriceX96: bigint; readonly liquidity: bigint; readonly tick: number }
  /** Liquidity between two ticks, negative when it is taken away. */
  | { readonly kind: 'range'; readonly low: number; readonly high: number; readonly change: bigint }

const SWAP = id('Swap(address,address,int256,int256,uint160,uint128,int24)')
/** PancakeSwap appends what the protocol took. */
const PANCAKE_SWAP = id('Swap(address,address,int256,int256,uint160,uint128,int24,uint128,uint128)')
const MINT = id('Mint(address,address,int24,int24,uint128,uint256,uint256)')
const BURN = id('Burn(address,int24,int24,uint128,uint256,uint256)')

/** Topics to ask for. A pool that is followed has a price, so `Initialize` is behind it. */
export const POOL_TOPICS = [SWAP, PANCAKE_SWAP, MINT, BURN] as readonly Hex[]

/** Null for another event; throws `RangeError` for one that is cut short. */
export function poolEventOf({ topics, data }: RawLog): PoolEvent | null {
  const [topic] = topics
  if (topic === SWAP || topic === PANCAKE_SWAP) {
    return { kind: 'price', sqrtPriceX96: word(data, 2), liquidity: word(data, 3), tick: tickOf(word(data, 4)) }
  }
  if (topic === MINT) return rangeOf(topics, word(data, 1))
  return topic === BURN ? rangeOf(topics, -word(data, 0)) : null
}

function rangeOf([, , low, high]: readonly Hex[], change: bigint): PoolEvent {
  if (low === undefined || high === undefined) throw new RangeError('a range has two ticks')
  return { kind: 'range', low: tickOf(BigInt(low)), high: tickOf(BigInt(high)), change }
}

const tickOf = (value: bigint): number => Number(BigInt.asIntN(24, value))

function word(data: Hex, index: number): bigint {
  const text = data.slice(2 + 64 * index, 66 + 64 * index)
  if (text.length !== 64) throw new RangeError('the log is too short')
  return BigInt(`0x${text}`)
}
