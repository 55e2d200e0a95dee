import { FORGET_AFTER_BLOCKS, QueueKeys } from '../../src/auctions/queue-keys.js'
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
/** Blocks per question at a cold start. */
const LOG_SPAN = 100_000

/**
 * Timestamps at which debt was queued, found by events, with what the contract still holds under each: an entry is debt of
 * its timestamp, however many liquidations made it, and a timestamp that a reorg took back simply holds nothing.
 */
export class DebtQueue {
  private readonly timestamps = new QueueKeys()
  private next: number

  constructor(private readonly market: Market) {
    this.next = market.deployBlock
  }

  /** Entries with debt at `block`, oldest first. */
  async at(reader: Reader, block: number): Promise<QueueEntry[]> {
    await this.search(reader, block)
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

  private async search(reader: Reader, to: number): Promise<void> {
    const filter = { addresses: [contractOf(this.market, 'accountingEngine')], topic0: [PUSHED] }
    // the last blocks again: a reorg may have put a liquidation into another one
    const from = Math.max(this.market.deployBlock, this.next - FORGET_AFTER_BLOCKS)
    for (let at = from; at <= to; at += LOG_SPAN) {
      const end = Math.min(to, at + LOG_SPAN - 1)
      for (const { topics } of await reader.logs(filter, at, end)) this.timestamps.add(BigInt(topics[1] ?? '0x0'))
      // span by span: an endpoint may refuse any of hundreds, and the next search goes on there
      this.next = Math.max(this.next, end + 1)
    }
  }
}
