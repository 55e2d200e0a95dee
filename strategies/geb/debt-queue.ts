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
/** Emptied entries are asked for again for so many blocks: a reorg may bring them back. */
const FORGET_AFTER_BLOCKS = 64

/**
 * Timestamps at which debt was queued, found by events, with what the contract still holds under each: an entry is debt of
 * its timestamp, however many liquidations made it, and a timestamp that a reorg took back simply holds nothing.
 */
export class DebtQueue {
  private readonly timestamps = new Map<bigint, { emptySince: number | null }>()
  private next: number

  constructor(private readonly market: Market) {
    this.next = market.deployBlock
  }

  /** Entries with debt at `block`, oldest first. */
  async at(reader: Reader, block: number): Promise<QueueEntry[]> {
    await this.search(reader, block)
    const asked = [...this.timestamps.keys()].sort((a, b) => (a < b ? -1 : 1))
    const engine = contractOf(this.market, 'accountingEngine')
    const answers = await askAll(
      reader,
      asked.map((timestamp): Ask => [ACCOUNTING_ENGINE, engine, 'debtQueue', [timestamp]]),
      block,
    )
    return asked.flatMap((timestamp, i) => {
      const rad = word(answers[i])
      this.remember(timestamp, rad === 0n, block)
      return rad === 0n ? [] : [{ timestamp, rad }]
    })
  }

  private async search(reader: Reader, to: number): Promise<void> {
    const filter = { addresses: [contractOf(this.market, 'accountingEngine')], topic0: [PUSHED] }
    // the last blocks again: a reorg may have put a liquidation into another one
    const from = Math.max(this.market.deployBlock, this.next - FORGET_AFTER_BLOCKS)
    for (let at = from; at <= to; at += LOG_SPAN) {
      const logs = await reader.logs(filter, at, Math.min(to, at + LOG_SPAN - 1))
      for (const { topics } of logs) {
        const timestamp = BigInt(topics[1] ?? '0x0')
        if (!this.timestamps.has(timestamp)) this.timestamps.set(timestamp, { emptySince: null })
      }
    }
    this.next = Math.max(this.next, to + 1)
  }

  private remember(timestamp: bigint, empty: boolean, block: number): void {
    const entry = this.timestamps.get(timestamp)
    if (entry === undefined) return
    if (!empty) entry.emptySince = null
    else if (entry.emptySince === null) entry.emptySince = block
    else if (block > entry.emptySince + 2 * FORGET_AFTER_BLOCKS) this.timestamps.delete(timestamp)
  }
}
