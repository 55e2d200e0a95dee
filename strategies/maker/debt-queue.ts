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

const LOG_SPAN = 100_000
/** Read again behind the newest block: a reorg may have changed them. */
const AGAIN_BLOCKS = 64

/** Seconds in which `fess` queued debt, found by the Vow's notes, with what it still holds under each. */
export class DebtQueue {
  private readonly eras = new Set<bigint>()
  private next: number

  constructor(private readonly market: Market) {
    this.next = market.deployBlock
  }

  /** Entries with debt at `block`, oldest first. */
  async at(reader: Reader, block: number): Promise<QueueEntry[]> {
    const vow = contractOf(this.market, 'vow')
    const filter = { addresses: [vow], topic0: [VOW_NOTE.fess] }
    const from = Math.max(this.market.deployBlock, this.next - AGAIN_BLOCKS)
    for (let at = from; at <= block; at += LOG_SPAN) {
      const logs = await reader.logs(filter, at, Math.min(block, at + LOG_SPAN - 1))
      for (const { timestamp } of logs) this.eras.add(timestamp)
    }
    this.next = Math.max(this.next, block + 1)
    const eras = [...this.eras].sort((a, b) => (a < b ? -1 : 1))
    const answers = await new Batch(reader, block).all(eras.map((era) => VOW.sin(vow, era)))
    return eras.map((era, i) => ({ era, rad: wordAt(answers[i] ?? '0x', 0) })).filter(({ rad }) => rad > 0n)
  }
}
