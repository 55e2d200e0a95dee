import { LogSearch } from '../../src/auctions/log-search.js'
import { QueueKeys } from '../../src/auctions/queue-keys.js'
import type { Reader } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { ACCOUNTING_ENGINE, askAll, topicOf, word, type Ask } from './calls.js'
import { contractOf } from './contracts.js'

export interface QueueEntry {
  /** Block time of the liquidation, its key: two liquidations of one second share it. */
  readonly timestamp: bigint
  readonly rad: bigint
}

const PUSHED = topicOf(ACCOUNTING_ENGINE, 'PushDebtToQueue')

/**
 * Timestamps at which debt was queued, found by events, with what the contract still holds under each: an entry is debt of
 * its timestamp, however many liquidations made it, and a timestamp that a reorg took back simply holds nothing.
 */
export class DebtQueue {
  private readonly timestamps = new QueueKeys()
  private readonly pushed: LogSearch

  constructor(private readonly market: Market) {
    this.pushed = new LogSearch(contractOf(market, 'accountingEngine'), PUSHED, market.deployBlock)
  }

  /** Entries with debt at `block`, oldest first. */
  async at(reader: Reader, block: number): Promise<QueueEntry[]> {
    for (const { topics } of await this.pushed.upTo(reader, block)) this.timestamps.add(BigInt(topics[1] ?? '0x0'))
    const asked = this.timestamps.sorted
    const engine = contractOf(this.market, 'accountingEngine')
    const answers = await askAll(
      reader,
      asked.map((timestamp): Ask => [ACCOUNTING_ENGINE, engine, 'debtQueue', [timestamp]]),
      block,
    )
    return asked.flatMap((timestamp, i) => {
      const rad = word(answers[i])
      this.timestamps.saw(timestamp, rad === 0n, block)
      return rad === 0n ? [] : [{ timestamp, rad }]
    })
  }
}
