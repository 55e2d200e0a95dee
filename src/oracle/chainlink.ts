import { AbiCoder, Interface } from 'ethers'
import { CHAINLINK_DUAL_AGGREGATOR, CHAINLINK_FEED } from '../../abis/chainlink-feed.js'
import { toAddress, type Address, type CallRequest, type CallResult, type Hex, type RawLog } from '../domain/chain.js'
import { afterRound } from './price-update.js'
import type { LeafState } from './tree.js'

const feed = new Interface(CHAINLINK_FEED)
const dual = new Interface(CHAINLINK_DUAL_AGGREGATOR)

export const ANSWER_UPDATED = feed.getEvent('AnswerUpdated')?.topicHash as Hex
export const AGGREGATOR_CONFIRMED = feed.getEvent('AggregatorConfirmed')?.topicHash as Hex
export const SECONDARY_ROUND = dual.getEvent('SecondaryRoundIdUpdated')?.topicHash as Hex
const PRIMARY_UNLOCKED = dual.getEvent('PrimaryFeedUnlocked')?.topicHash as Hex
const CUTOFF_SET = dual.getEvent('CutoffTimeSet')?.topicHash as Hex

/** The events that move a leaf of each kind. */
export const LEAF_EVENTS: Readonly<Record<'rounds' | 'dual', readonly Hex[]>> = {
  rounds: [ANSWER_UPDATED],
  dual: [ANSWER_UPDATED, SECONDARY_ROUND, PRIMARY_UNLOCKED, CUTOFF_SET],
}

/** A leaf after a log of its aggregator; null when the log says nothing of it. Pure. */
export function reduceLeaf(
  leaf: LeafState,
  { topics: [event, first, second], data, timestamp }: RawLog,
): LeafState | null {
  if (leaf.kind === 'reading') return null
  if (event === ANSWER_UPDATED && first !== undefined) {
    const answer = BigInt.asIntN(256, BigInt(first))
    const id = BigInt(second ?? '0x0')
    // the aggregator tells of an auctioned round first
    const auctioned = leaf.kind === 'dual' && leaf.secondary === id
    const landedAt = data.length === 66 ? BigInt(data) : timestamp
    return afterRound(leaf, { answer, auctioned }, { id, timestamp: landedAt })
  }
  if (leaf.kind === 'rounds') return null
  if (event === SECONDARY_ROUND && first !== undefined) return { ...leaf, secondary: BigInt(first) }
  if (event === PRIMARY_UNLOCKED) return { ...leaf, newestIsSecondary: false }
  if (event === CUTOFF_SET && data.length === 66) return { ...leaf, cutoff: BigInt(data) }
  return null
}

/** A call of one of the feed's functions. */
export const ask = (to: Address, method: string, args: readonly unknown[] = []): CallRequest => ({
  to,
  data: feed.encodeFunctionData(method, args) as Hex,
})

/** The first word of an answer as a signed integer; null when the call failed or gave less. */
export const signedWord = (result: CallResult | undefined): bigint | null =>
  result?.ok && result.data.length >= 66 ? BigInt.asIntN(256, BigInt(result.data.slice(0, 66))) : null

/** The first word as an address; null when it is none, or zero. */
export function addressWord(result: CallResult | undefined): Address | null {
  if (!result?.ok || result.data.length !== 66 || !/^0x0{24}/.test(result.data)) return null
  const address = toAddress(`0x${result.data.slice(26)}`)
  return BigInt(address) === 0n ? null : address
}

/** A string answer; empty when the call failed or gave something else. */
export function text(result: CallResult | undefined): string {
  if (!result?.ok) return ''
  try {
    return String(AbiCoder.defaultAbiCoder().decode(['string'], result.data)[0])
  } catch {
    return ''
  }
}
