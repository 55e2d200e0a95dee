import type { RefillProtocol } from '../../../auctions/protocol.js'
import type { Head, Hex, Reader } from '../../../domain/chain.js'
import { messageOf } from '../../../domain/errors.js'
import type { Market } from '../../../domain/market.js'
import type { Logger } from '../../../domain/ports.js'
import type { ChainAsk } from '../../../execution/chain-facts.js'
import { readBlockInfo, readReceipt } from '../../../execution/receipt.js'
import type { Booked } from '../../../execution/intent-book.js'
import type { Ledger } from '../../../ledger/ledger.js'

export interface ReceivedOptions {
  readonly market: Market
  readonly refill: RefillProtocol
  readonly reader: Reader
  readonly ask: ChainAsk
  readonly ledger: Pick<Ledger, 'received' | 'receivedUpTo' | 'hasReceivedUpTo' | 'valued'>
  readonly confirmations: number
  /** Called with what was booked, to value it. */
  readonly booked: (booked: Booked, transaction: Hex, blockHash: Hex, timestamp: bigint) => void
  readonly logger: Logger
}

/** Blocks per question. */
const SPAN = 5_000

/**
 * Books what others' transactions did to our accounts: a refund by the next bidder, a lot that a stranger settled for us. Only
 * confirmed blocks are searched and each range once, so nothing is counted twice, whenever the process ended.
 */
export class Received {
  private running = false

  constructor(private readonly options: ReceivedOptions) {}

  /** Searches up to confirmation depth below `head`. Never rejects; what failed is searched again at the next head. */
  async search({ number }: Pick<Head, 'number'>): Promise<void> {
    if (this.running) return
    this.running = true
    const { market, ledger, confirmations, logger } = this.options
    try {
      const to = number - confirmations
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

  private async range(from: number, to: number): Promise<void> {
    const { market, refill, reader } = this.options
    const { addresses, topic0 } = refill.touching(market)
    const logs = await reader.logs({ addresses, topic0 }, from, to)
    for (const hash of new Set(logs.map(({ transactionHash }) => transactionHash))) await this.book(hash)
  }

  private async book(hash: Hex): Promise<void> {
    const { ask, ledger, booked, logger, market } = this.options
    const receipt = await ask.request('eth_getTransactionReceipt', [hash], (answer) => readReceipt(answer, hash))
    if (receipt === null) throw new Error(`the node has no receipt of ${hash}`)
    const block = await ask.request(
      'eth_getBlockByNumber',
      [`0x${receipt.blockNumber.toString(16)}`, false],
      readBlockInfo,
    )
    if (block?.hash !== receipt.blockHash) throw new Error(`block ${receipt.blockNumber} is not the one of the receipt`)
    const done = ledger.received(receipt, block)
    if (done === null) return
    booked(done, hash, receipt.blockHash, block.timestamp)
    logger.info('received', { market: market.id, transaction: hash, block: receipt.blockNumber })
  }
}

const sourceOf = ({ id }: Market): string => `received/${id}`
