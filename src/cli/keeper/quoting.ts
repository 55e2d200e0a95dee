import type { ChainConfig } from '../../config/market-file.js'
import type { Settings } from '../../config/settings.js'
import { nextBaseFee } from '../../domain/base-fee.js'
import type { Head, Reader } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import type { Logger } from '../../domain/ports.js'
import { refuse, type PositionRefusal } from '../../domain/refusal.js'
import { encodeOrder } from '../../execution/executor/encode.js'
import { quotePosition, type PositionQuote } from '../../profit/combine.js'
import type { ProfitContext } from '../../profit/context.js'
import type { DataFee } from '../../profit/data-fee/data-fee.js'
import { readDataFee } from '../../profit/data-fee/rollups.js'
import type { PoolBook } from '../../profit/pool-book.js'
import type { PoolLoader } from '../../profit/pool-loader.js'
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
  readonly pools: PoolLoader
  readonly logger: Logger
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
}

/** The best leg of every position, with what their transactions are made of. */
export interface Quoted {
  readonly quoted: readonly PositionQuote[]
  readonly book: PoolBook
  readonly context: ProfitContext
  readonly refusals: readonly PositionRefusal[]
}

/** Pools and the price of data, as they were read at one block. */
export interface Supplies {
  readonly book: PoolBook
  readonly data: DataFee
}

/** Quotes positions in the ordinary way: reads the pools on their routes, then searches all of them. */
export class Quoting {
  private readonly turns = new QuoteTurns()

  constructor(private readonly options: QuotingOptions) {}

  /** Everything that profit needs and that is the same for all positions of `sight`. */
  contextOf({ head, watches, opinions }: Sight, data: DataFee): ProfitContext {
    const { chain, settings, maxBidBps } = this.options
    const deadlineTime = horizonOf(head, chain, settings).deadline
    return profitContextOf(head, watches, opinions, { chain, settings, maxBidBps, data, deadlineTime })
  }

  /** Pools between the tokens of `found`, at the head. Rejects when they cannot be read in time. */
  supplies(found: readonly Pick<Liquidatable, 'choices'>[], head: Head): Promise<Supplies> {
    const { pools, reader, chain } = this.options
    const plans = found.flatMap(({ choices }) => choices.filter((choice) => 'at' in choice))
    const reading = Promise.all([
      pools.load(reader, plans, head.number),
      readDataFee(reader, chain.id, head.number, nextBaseFee(head), encodeOrder),
    ])
    const read = inTime(reading, readPatienceMs(chain), 'reading pools')
    return read.then(([book, data]) => ({ book, data }))
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
