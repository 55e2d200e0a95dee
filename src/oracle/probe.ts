import { Interface } from 'ethers'
import { PRICE_ADAPTERS } from '../../abis/price-adapters.js'
import type { Address, CallRequest, CallResult, Hex, Reader } from '../domain/chain.js'
import { addressWord, ask, signedWord } from './chainlink.js'

const adapters = new Interface(PRICE_ADAPTERS)

/** Everything a feed may say of itself. */
const FEED_GETTERS = ['latestAnswer', 'aggregator', 'phaseId', 'decimals']
/** Everything an adapter may say of itself. */
const ADAPTER_GETTERS = adapters.fragments.flatMap((fragment) =>
  fragment.type === 'function' && 'name' in fragment ? [String(fragment.name)] : [],
)
const GETTERS = [...FEED_GETTERS, ...ADAPTER_GETTERS]

/** Events by which an adapter's parameters change; what they say is read anew from the contract. */
export const PARAMETER_EVENTS: readonly Hex[] = [
  'CapParametersUpdated',
  'PriceCapUpdated',
  'PriceCapRatioUpdated',
  'DiscountRatePerYearUpdated',
  'FixedPriceUpdated',
].map((name) => adapters.getEvent(name)?.topicHash as Hex)

export const adapterCall = (to: Address, getter: string): CallRequest => ({
  to,
  data: adapters.encodeFunctionData(getter) as Hex,
})

/** What one contract answered to every getter; a getter it does not have gives null. */
export class Probe {
  constructor(
    readonly source: Address,
    private readonly answers: ReadonlyMap<string, CallResult>,
  ) {}

  signed(getter: string): bigint | null {
    return signedWord(this.answers.get(getter))
  }

  /** Null also for what is larger than a signed word. */
  unsigned(getter: string): bigint | null {
    const value = this.signed(getter)
    return value !== null && value >= 0n ? value : null
  }

  /** Powers of ten that fit a word; null for more. */
  decimals(getter: string): bigint | null {
    const value = this.unsigned(getter)
    return value !== null && value <= 76n ? value : null
  }

  address(getter: string): Address | null {
    return addressWord(this.answers.get(getter))
  }
}

/** Asks every contract all getters at `block`. Throws what the reader throws. */
export async function probeAll(sources: readonly Address[], reader: Reader, block: number): Promise<Probe[]> {
  const results = await reader.calls(
    sources.flatMap((source) => [
      ...FEED_GETTERS.map((getter) => ask(source, getter)),
      ...ADAPTER_GETTERS.map((getter) => adapterCall(source, getter)),
    ]),
    block,
  )
  return sources.map((source, i) => {
    const own = results.slice(i * GETTERS.length, (i + 1) * GETTERS.length)
    return new Probe(source, new Map(GETTERS.flatMap((getter, k) => (own[k] ? [[getter, own[k]] as const] : []))))
  })
}
