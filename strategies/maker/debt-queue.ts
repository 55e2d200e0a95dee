import { LogSearch } from '../../src/auctions/log-search.js'
import { QueueKeys } from '../../src/auctions/queue-keys.js'
import { Batch } from '../../src/domain/batch.js'
import type { Reader } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { wordAt } from '../../src/domain/abi-words.js'
import { contractOf } from './contracts.js'
import { VOW, VOW_NOTE } from './signatures.js'

/** Debt of one second: two barks of the same second share it. */
export interface QueueEntry {
  readonly era: bigint
  readonly rad: bigint
}

/** Seconds in which `fess` queued debt, found by the Vow's notes, with what it still holds under each. */
export class DebtQueue {
  private readonly eras = new QueueKeys()
  private readonly notes: LogSearch

  constructor(private readonly market: Market) {
    this.notes = new LogSearch(contractOf(market, 'vow'), VOW_NOTE.fess, market.deployBlock)
  }

  /** Entries with debt at `block`, oldest first. */
  async at(reader: Reader, block: number): Promise<QueueEntry[]> {
    const vow = contractOf(this.market, 'vow')
    for (const { timestamp } of await this.notes.upTo(reader, block)) this.eras.add(timestamp)
    const eras = this.eras.sorted
    const answers = await new Batch(reader, block).all(eras.map((era) => VOW.sin(vow, era)))
    return eras.flatMap((era, i) => {
      const rad = wordAt(answers[i] ?? '0x', 0)
      this.eras.saw(era, rad === 0n, block)
      return rad === 0n ? [] : [{ era, rad }]
    })
  }
}
