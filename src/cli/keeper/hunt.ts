import type { ChainConfig } from '../../config/market-file.js'
import type { Settings } from '../../config/settings.js'
import type { Head, Reader } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import { refuse, type PositionRefusal, type Refusal } from '../../domain/refusal.js'
import { nextBaseFee } from '../../domain/base-fee.js'
import type { Opportunity } from '../../domain/opportunity.js'
import type { TrackedIntent } from '../../execution/records.js'
import type { Submitter } from '../../execution/submitter.js'
import { encodeOrder } from '../../execution/executor/encode.js'
import { combine, quotePosition, type PositionQuote } from '../../profit/combine.js'
import type { ProfitContext } from '../../profit/context.js'
import { readDataFee } from '../../profit/data-fee/rollups.js'
import { reprice } from '../../profit/order.js'
import type { PoolBook } from '../../profit/pool-book.js'
import type { PoolLoader } from '../../profit/pool-loader.js'
import type { Horizon, Liquidatable, MarketOpinion, MarketWatch } from './market-watch.js'
import { lifetimeSecondsOf, secondsPerBlock } from './order-lifetime.js'
import { offerAll } from './offering.js'
import { endsWithin, inTime, outcomePatienceMs, readPatienceMs } from './patience.js'
import { profitContextOf } from './profit-context.js'
import { QuoteTurns } from './quote-turns.js'
import type { RefusalBook } from './refusal-book.js'
import { Suspects, placeOf } from './suspects.js'

export interface HuntOptions {
  readonly chain: ChainConfig
  readonly settings: Settings
  /** Largest bid that the executor contract allows, basis points. */
  readonly maxBidBps: number
  readonly reader: Reader
  readonly pools: PoolLoader
  readonly submitter: Submitter
  readonly refusals: RefusalBook
  /** When the head was first seen, before its logs were read; null when that is not known any more. */
  readonly receivedAtMs: (head: Head) => number | null
  /** No newer head is known. */
  readonly isNewest: (head: Head) => boolean
  /** Works through this head once more, if it still is the newest. */
  readonly lookAgain: (head: Head) => void
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Positions that are quoted for one block. A flood of dust, or of debts that nobody can exit, must not starve the rest. */
const MOST_QUOTED = 64

/** One block's decisions: what every market offers, what of it pays, and what is sent. */
export class Hunt {
  private readonly suspects = new Suspects()
  private readonly turns = new QuoteTurns()
  /** Liquidatable in the block before: told once, not in every block. */
  private known: ReadonlySet<string> = new Set()

  constructor(private readonly options: HuntOptions) {}

  /** The block we aim at, and until when an order for it may run. Chains faster than a second count as one second. */
  horizon(head: Head): Horizon {
    const { chain, settings } = this.options
    const lifetime = BigInt(lifetimeSecondsOf(settings, chain))
    return { timestamp: head.timestamp + BigInt(secondsPerBlock(chain)), deadline: head.timestamp + lifetime }
  }

  /**
   * Looks at `watches`, decides, offers. Returns how many positions were liquidatable. Waits for no read longer than its
   * patience: the next block is waiting. Rejects when pools cannot be read in time.
   */
  async at(head: Head, watches: readonly MarketWatch[]): Promise<number> {
    const { submitter, refusals, receivedAtMs } = this.options
    const outcomesRead = submitter.onHead(head, receivedAtMs(head) ?? undefined)
    const horizon = this.horizon(head)
    const opinions = watches.map((watch) => watch.look(head, horizon))
    const found = opinions.flatMap((opinion) => opinion.liquidatable)
    this.tell(found)
    if (found.length === 0) {
      refusals.keep([], head)
      return 0
    }
    const quotes = await this.quotes(found, head, watches, opinions)
    const said = await this.decide(quotes, head, await this.outcomesKnown(outcomesRead, head))
    refusals.keep(said, head)
    return found.length
  }

  /**
   * Whether it is known what became of what is in flight: it may have landed in this very block, and refreshing it would be
   * for a nonce that is gone. A node that keeps this to itself holds up the offers, never the scan.
   */
  private async outcomesKnown(outcomesRead: Promise<void>, head: Head): Promise<boolean> {
    const { chain, submitter, metrics, lookAgain } = this.options
    if (submitter.inFlight().length === 0) return true
    if (await endsWithin(outcomesRead, outcomePatienceMs(chain))) return true
    metrics.count('outcome_reads_late')
    void outcomesRead.then(() => {
      lookAgain(head)
    })
    return false
  }

  private async quotes(
    found: readonly Liquidatable[],
    head: Head,
    watches: readonly MarketWatch[],
    opinions: readonly MarketOpinion[],
  ): Promise<Quoted> {
    const { pools, reader, submitter } = this.options
    const counted = submitter.dryRunCounted()
    const open = found.filter((one) => !counted.has(placeOf(one)))
    const { now, later } = this.turns.split(open, MOST_QUOTED, { place: placeOf, size: (one) => one.solvency.debtBase })
    const left = later.map(({ market, position }) => ({ ...TOO_MANY, market, position }))
    const plans = now.flatMap(({ choices }) => choices.filter((choice) => 'at' in choice))
    const { id } = this.options.chain
    const reading = Promise.all([
      pools.load(reader, plans, head.number),
      readDataFee(reader, id, head.number, nextBaseFee(head), encodeOrder),
    ])
    const [book, data] = await inTime(reading, readPatienceMs(this.options.chain), 'reading pools')
    const { chain, settings, maxBidBps } = this.options
    const terms = { chain, settings, maxBidBps, data, deadlineTime: this.horizon(head).deadline }
    const context = profitContextOf(head, watches, opinions, terms)
    const quoted = now.map((one) => this.quote(one, context, book))
    const refused = quoted.filter(({ leg }) => leg === null)
    this.turns.quoted(refused.map(placeOf), later.map(placeOf), head.number)
    return { quoted, book, context, refusals: left }
  }

  private async decide(
    { quoted, book, context, refusals }: Quoted,
    head: Head,
    outcomesKnown: boolean,
  ): Promise<PositionRefusal[]> {
    const { logger, metrics, chain, isNewest } = this.options
    // where a revert is charged, one position lost to a rival must not take the others down with it
    const groups = chain.submission === 'bundle' ? [quoted] : quoted.map((quote) => [quote])
    const said = [...refusals]
    for (const [i, group] of groups.entries()) {
      // each group may have waited for a simulation
      const no = outcomesKnown ? (i > 0 && !isNewest(head) ? OVERTAKEN : null) : UNKNOWN_OUTCOMES
      const answers = await offerAll(group, this.suspects, head.number, {
        combine: (quotes) => combine(quotes, context, book),
        offer: (opportunity) => (no === null ? this.offer(opportunity, context, head) : Promise.resolve(no)),
        ...{ logger, metrics },
      })
      said.push(...answers)
    }
    return said
  }

  /** Where the same liquidations were simulated before, what they really use decides cost, bid and whether they pay. */
  private offer(opportunity: Opportunity, context: ProfitContext, head: Head): Promise<Refusal | TrackedIntent> {
    const { submitter } = this.options
    const gas = submitter.measuredGas(opportunity)
    const known = gas === null ? opportunity : reprice(opportunity, gas, context)
    return 'code' in known ? Promise.resolve(known) : submitter.offer(known, head)
  }

  /** A position that cannot be computed is refused, and does not end the block for the others. */
  private quote({ market, position, choices }: Liquidatable, context: ProfitContext, book: PoolBook): PositionQuote {
    try {
      return quotePosition(market, position, choices, context, book)
    } catch (error) {
      const refusal = refuse('no-price', `cannot be quoted: ${messageOf(error)}`)
      this.options.logger.error('quote', { market, position, problem: messageOf(error) })
      return { market, position, plans: [], leg: null, refusal }
    }
  }

  private tell(found: readonly Liquidatable[]): void {
    for (const one of found) {
      if (this.known.has(placeOf(one))) continue
      const { market, position, solvency } = one
      const { healthFactor, collateralBase, debtBase } = solvency
      this.options.logger.info('candidate', { market, position, healthFactor, collateralBase, debtBase })
    }
    this.known = new Set(found.map(placeOf))
    this.suspects.keep(this.known)
  }
}

interface Quoted {
  readonly quoted: readonly PositionQuote[]
  readonly book: PoolBook
  readonly context: ProfitContext
  readonly refusals: readonly PositionRefusal[]
}

const TOO_MANY = refuse(
  'lane-busy',
  `more than ${MOST_QUOTED} positions are liquidatable: they take turns, the largest debts first`,
)

const UNKNOWN_OUTCOMES = refuse(
  'lane-busy',
  'the endpoints of RPC_URLS do not tell in time what became of the transaction in flight: nothing is sent behind it',
)

const OVERTAKEN = refuse('stale-head', 'a newer block came while simulations were waited for: offered there')
