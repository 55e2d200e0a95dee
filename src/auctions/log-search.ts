import type { Address, Hex, RawLog, Reader } from '../domain/chain.js'

const SPAN = 100_000
/** Read again behind the newest block: a reorg may have changed them. */
const AGAIN_BLOCKS = 64

/** Logs of one contract and topic, found once from its first block on; only what is new is asked for. */
export class LogSearch {
  private next: number
  /** Found by a search that was cut short. */
  private found: RawLog[] = []

  constructor(
    private readonly address: Address,
    private readonly topic0: Hex,
    private readonly first: number,
  ) {
    this.next = first
  }

  /**
   * What came since the last search, and the last blocks of that one again. Rejects as reading does; the next search goes on where
   * this one stopped: years of blocks take hundreds of questions, of which an endpoint may refuse any.
   */
  async upTo(reader: Pick<Reader, 'logs'>, block: number): Promise<RawLog[]> {
    const filter = { addresses: [this.address], topic0: [this.topic0] }
    for (let at = Math.max(this.first, this.next - AGAIN_BLOCKS); at <= block; at += SPAN) {
      const to = Math.min(block, at + SPAN - 1)
      this.found = [...this.found, ...(await reader.logs(filter, at, to))]
      this.next = Math.max(this.next, to + 1)
    }
    return this.found.splice(0)
  }
}
