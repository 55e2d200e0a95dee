import { AbiCoder, Interface } from 'ethers'
import { CHAINLINK_FEED } from '../../abis/chainlink-feed.js'
import { toAddress, type Address, type CallRequest, type CallResult, type Hex } from '../domain/chain.js'

const feed = new Interface(CHAINLINK_FEED)
const topic = (event: string): Hex => feed.getEvent(event)?.topicHash as Hex

export const ANSWER_UPDATED = topic('AnswerUpdated')
export const AGGREGATOR_CONFIRMED = topic('AggregatorConfirmed')

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
