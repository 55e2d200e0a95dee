import type { RefillProtocol } from '../../../auctions/protocol.js'
import type { Head, Hex, Reader } from '../../../domain/chain.js'
import { messageOf } from '../../../domain/errors.js'
import type { Market } from '../../../domain/market.js'
import type { Logger } from '../../../domain/ports.js'
import type { ChainAsk } from '../../../execution/chain-facts.js'
import { readBlockInfo, readReceipt, type Receipt } from '../../../execution/receipt.js'
import type { Booked } from '../../../execution/intent-book.js'
import type { Ledger } from '../../../ledger/ledger.js'

export interface ReceivedOptions {
  readonly market: Market
  readonly refill: RefillProtocol
  readonly reader: Reader
  readonly ask: ChainAsk
  readonly ledger: Pick<Ledger, 'received' | 'receivedUpTo' | 'hasReceivedUpTo' | 'receivedIn' | 'reorged' | 'valued'>
  readonly confirmations: number
  /** Called with what was booked, to value it. */
  readonly booked: (booked: Booked, transaction: Hex, blockHash: Hex, timestamp: bigint) => void
  /** Called with what was booked and is in no block any more. */
  readonly undone: (transaction: Hex) => void
  readonly logger: Logger
}

/** Blocks per question. */
const SPAN = 5_000
/** Searched again behind what was searched: a reorg deeper than the confirmations takes back what was booked. */
const AGAIN_BLOCKS = 64

/**
 * Books what others' transactions did to our accounts: a refund by the next bidder, a lot that a stranger settled for us. Only
 * confirmed blocks are searched, the last of them again at every head: what a deep reorg has undone is taken back. Bookings
 * are keyed by transaction and block, so nothing is counted twice, whenever the process ended.
 */
export class Received {
  private running = false
  /** Transactions that were looked at, by the block they were in. */
  private readonly seen = new Map<string, number>()

  constructor(private readonly options: ReceivedOptions) {}

  /** Searches up to confirmation depth below `head`. Never rejects; what failed is searched again at the next head. */
  async search({ number }: Pick<Head, 'number'>): Promise<void> {
    if (this.running) return
    this.running = true
    const { market, ledger, confirmations, logger } = this.options
    try {
      const to = number - confirmations
      await this.again(to)
      for (let from = this.next(); from <= to; from += SPAN) {
        const last = Math.min(to, from + SPAN - 1)
        await this.range(from, last)
        ledger.hasReceivedUpTo(sourceOf(market), last)
      }
    } catch (error) {
      logger.warn('received', { market: market.id, problem: messageOf(error) })
    } finally {
      this.running = false
    }
  }

  private next(): number {
    const { market, ledger } = this.options
    return (ledger.receivedUpTo(sourceOf(market)) ?? market.deployBlock - 1) + 1
  }

  /** The last blocks that were searched, once more: what is no longer in them is taken back, what is new in them booked. */
  private async again(to: number): Promise<void> {
    const { market, ledger, undone, logger } = this.options
    const until = Math.min(to, this.next() - 1)
    const from = Math.max(market.deployBlock, until - AGAIN_BLOCKS + 1)
    if (from > until) return
    const touched = await this.touched(from, until)
    for (const { transactionHash: transaction, blockHash } of ledger.receivedIn(from, until)) {
      if (touched.get(transaction) === blockHash || (await this.receipt(transaction))?.blockHash === blockHash) continue
      ledger.reorged(transaction)
      undone(transaction)
      logger.warn('received-undone', { market: market.id, transaction })
    }
    for (const [hash, block] of touched) if (!this.seen.has(`${hash} ${block}`)) await this.book(hash)
    for (const [key, number] of this.seen) if (number < from) this.seen.delete(key)
  }

  private async range(from: number, to: number): Promise<void> {
    for (const [hash] of await this.touched(from, to)) await this.book(hash)
  }

  /** Transactions of these blocks that may have moved something of ours, with the hash of the block of each. */
  private async touched(from: number, to: number): Promise<ReadonlyMap<Hex, Hex>> {
    const { market, refill, reader } = this.options
    const { addresses, topic0 } = refill.touching(market)
    const logs = await reader.logs({ addresses, topic0 }, from, to)
    return new Map(logs.map(({ transactionHash, blockHash }) => [transactionHash, blockHash]))
  }

  private receipt(hash: Hex): Promise<Receipt | null> {
    return this.options.ask.request('eth_getTransactionReceipt', [hash], (answer) => readReceipt(answer, hash))
  }

  private async book(hash: Hex): Promise<void> {
    const { ask, ledger, booked, logger, market } = this.options
    const receipt = await this.receipt(hash)
    if (receipt === null) throw new Error(`the node has no receipt of ${hash}`)
    const block = await ask.request(
      'eth_getBlockByNumber',
      [`0x${receipt.blockNumber.toString(16)}`, false],
      readBlockInfo,
    )
    if (block?.hash !== receipt.blockHash) throw new Error(`block ${receipt.blockNumber} is not the one of the receipt`)
    this.seen.set(`${hash} ${receipt.blockHash}`, receipt.blockNumber)
    const done = ledger.received(receipt, block)
    if (done === null) return
    booked(done, hash, receipt.blockHash, block.timestamp)
    logger.info('received', { market: market.id, transaction: hash, block: receipt.blockNumber })
  }
}

const sourceOf = ({ id }: Market): string => `received/${id}`
