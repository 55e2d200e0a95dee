import type { ChainConfig } from '../../config/market-file.js'
import type { Settings } from '../../config/settings.js'
import { nextBaseFee } from '../../domain/base-fee.js'
import type { Head, Reader } from '../../domain/chain.js'
import { KeeperError, messageOf } from '../../domain/errors.js'
import type { Behind } from '../../domain/opportunity.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import { refuse, type PositionRefusal } from '../../domain/refusal.js'
import { encodeOrder } from '../../execution/executor/encode.js'
import { quotePosition, type PositionQuote } from '../../profit/combine.js'
import type { ProfitContext } from '../../profit/context.js'
import type { DataFee } from '../../profit/data-fee/data-fee.js'
import { readDataFee } from '../../profit/data-fee/rollups.js'
import type { PoolBook } from '../../profit/pool-book.js'
import type { PoolKeeper } from '../../profit/pool-keeper.js'
import type { Contested } from './contested.js'
import { horizonOf } from './horizon.js'
import type { Liquidatable, MarketOpinion, MarketWatch } from './market-watch.js'
import { inTime, readPatienceMs } from './patience.js'
import { profitContextOf } from './profit-context.js'
import { QuoteTurns } from './quote-turns.js'
import { placeOf } from './suspects.js'

export interface QuotingOptions {
  readonly chain: ChainConfig
  readonly settings: Settings
  /** Largest bid that the executor contract allows, basis points. */
  readonly maxBidBps: number
  readonly reader: Reader
  readonly pools: PoolKeeper
  readonly contested: Contested
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Positions that are quoted for one block. A flood of dust, or of debts that nobody can exit, must not starve the rest. */
const MOST_QUOTED = 64

const TOO_MANY = refuse(
  'lane-busy',
  `more than ${MOST_QUOTED} positions are liquidatable: they take turns, the largest debts first`,
)

/** What the markets look like at one block, real or foreseen. `opinions` are those of `watches`. */
export interface Sight {
  readonly head: Head
  readonly watches: readonly MarketWatch[]
  readonly opinions: readonly Pick<MarketOpinion, 'view'>[]
  /** What transactions must follow for it to come true; absent where it is so, or nobody knows yet. */
  readonly behind?: Behind | null
}

/** The best leg of every position, with what their transactions are made of. */
export interface Quoted {
  readonly quoted: readonly PositionQuote[]
  readonly book: PoolBook
  readonly context: ProfitContext
  readonly refusals: readonly PositionRefusal[]
}

/** Pools and the price of data, both at one block. */
export interface Supplies {
  readonly book: PoolBook
  readonly data: DataFee
}

/** What data costs at one head, once it was read. */
interface DataAt {
  readonly hash: string
  readonly reading: Promise<DataFee>
  fee: DataFee | null
}

/** Quotes positions in the ordinary way: takes the pools on their routes at the head, then searches all of them. */
export class Quoting {
  private readonly turns = new QuoteTurns()
  private data: DataAt | null = null

  constructor(private readonly options: QuotingOptions) {}

  /** Everything that profit needs and that is the same for all positions of `sight`. */
  contextOf({ head, watches, opinions, behind }: Sight, data: DataFee): ProfitContext {
    const { chain, settings, maxBidBps, contested } = this.options
    const deadlineTime = horizonOf(head, chain, settings).deadline
    return profitContextOf(head, watches, opinions, {
      ...{ chain, settings, maxBidBps, data, deadlineTime },
      contest: !contested.at(head) ? null : behind?.kind === 'hint' ? 'payment' : 'perGas',
    })
  }

  /** A head that was heard of, whether it will be looked at or not. */
  saw(head: Head): void {
    this.options.pools.saw(head)
  }

  /** Brings the pools that were asked for lately, and the price of data, to a new head. Never rejects. */
  async follow(head: Head): Promise<void> {
    const { pools, logger, metrics } = this.options
    if (pools.idle) return
    try {
      await this.supplies([], head)
    } catch (error) {
      metrics.count('pool_failures')
      logger.warn('pools', { block: head.number, notFollowed: messageOf(error) })
      return
    }
    void pools.check(head)
  }

  /** Pools and the price of data at exactly this head, without reading anything; null where they are not there yet. */
  ready(head: Head): Supplies | null {
    const book = this.options.pools.book(head)
    const data = this.data?.hash === head.hash ? this.data.fee : null
    return book === null || data === null ? null : { book, data }
  }

  /** Pools between the tokens of `found`, at the head. Rejects when they cannot be read in time. */
  async supplies(found: readonly Pick<Liquidatable, 'choices'>[], head: Head): Promise<Supplies> {
    const { pools, chain } = this.options
    const plans = found.flatMap(({ choices }) => choices.filter((choice) => 'at' in choice))
    const reading = Promise.all([pools.at(head, plans), this.dataAt(head)])
    try {
      const [book, data] = await inTime(reading, readPatienceMs(chain), 'reading pools')
      return { book, data }
    } catch (error) {
      // what hangs must not hold up the next head
      if (error instanceof KeeperError && error.code === 'too-slow') pools.forget()
      throw error
    }
  }

  private dataAt(head: Head): Promise<DataFee> {
    if (this.data?.hash === head.hash) return this.data.reading
    const { reader, chain } = this.options
    const reading = readDataFee(reader, chain.id, head.number, nextBaseFee(head), encodeOrder)
    const data: DataAt = { hash: head.hash, reading, fee: null }
    this.data = data
    reading.then(
      (fee) => (data.fee = fee),
      () => (this.data = this.data === data ? null : this.data),
    )
    return reading
  }

  /** As many as may be quoted at once, the others by turns. Rejects when pools cannot be read in time. */
  async quote(found: readonly Liquidatable[], sight: Sight): Promise<Quoted> {
    const of = { place: placeOf, size: (one: Liquidatable) => one.solvency.debtBase }
    const { now, later } = this.turns.split(found, MOST_QUOTED, of)
    const left = later.map(({ market, position }) => ({ ...TOO_MANY, market, position }))
    const { book, data } = await this.supplies(now, sight.head)
    const context = this.contextOf(sight, data)
    const quoted = now.map((one) => this.one(one, context, book))
    const refused = quoted.filter(({ leg }) => leg === null)
    this.turns.quoted(refused.map(placeOf), later.map(placeOf), sight.head.number)
    return { quoted, book, context, refusals: left }
  }

  /** A position that cannot be computed is refused, and does not end the block for the others. */
  private one({ market, position, choices }: Liquidatable, context: ProfitContext, book: PoolBook): PositionQuote {
    try {
      return quotePosition(market, position, choices, context, book)
    } catch (error) {
      const refusal = refuse('no-price', `cannot be quoted: ${messageOf(error)}`)
      this.options.logger.error('quote', { market, position, problem: messageOf(error) })
      return { market, position, plans: [], leg: null, refusal }
    }
  }
}
