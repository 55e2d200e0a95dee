import type { Address, RawLog } from '../../domain/chain.js'
import { ANSWER_UPDATED, SECONDARY_ROUND } from '../chainlink.js'
import type { LeafAnswer } from '../price-update.js'
import type { PriceSignal, PriceUpdateSource } from '../source.js'

/**
 * Rounds that have landed, from the logs that the indexer reduces anyway. They change the price book themselves; the signal
 * tells what moved, so that whoever waits for news need not compare prices.
 */
export class LandedRounds implements PriceUpdateSource {
  readonly name = 'landed-rounds'
  private sink: ((signal: PriceSignal) => void) | null = null

  constructor(private readonly aggregators: () => ReadonlySet<Address>) {}

  start(sink: (signal: PriceSignal) => void): Promise<void> {
    this.sink = sink
    return Promise.resolve()
  }

  stop(): Promise<void> {
    this.sink = null
    return Promise.resolve()
  }

  /** The logs of a block, in order; `seenAtMs` when its head was first seen. */
  hear(logs: readonly RawLog[], seenAtMs: number): void {
    const answers = this.sink === null ? [] : answersOf(logs, this.aggregators())
    if (answers.length > 0) this.sink?.({ channel: 'round', answers, behind: null, seenAtMs })
  }
}

/** The last round of each aggregator; one that was auctioned is announced as such just before. */
function answersOf(logs: readonly RawLog[], aggregators: ReadonlySet<Address>): LeafAnswer[] {
  const answers = new Map<Address, LeafAnswer>()
  const auctioned = new Map<Address, bigint>()
  for (const { address, topics } of logs) {
    const [event, first, second] = topics
    if (first === undefined || !aggregators.has(address)) continue
    if (event === SECONDARY_ROUND) auctioned.set(address, BigInt(first))
    if (event !== ANSWER_UPDATED) continue
    const answer = BigInt.asIntN(256, BigInt(first))
    answers.set(address, { aggregator: address, answer, auctioned: auctioned.get(address) === BigInt(second ?? '0x0') })
  }
  return [...answers.values()]
}
