import type { ChainConfig } from '../../config/market-file.js'
import type { Settings } from '../../config/settings.js'
import type { Head, Reader } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'
import type { Opportunity } from '../../domain/opportunity.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import { refuse, type Refusal } from '../../domain/refusal.js'
import { nextBaseFee } from '../../execution/fees.js'
import type { Submitter } from '../../execution/submitter.js'
import { combine, quotePosition, type PositionQuote } from '../../profit/combine.js'
import type { MarketDesk, ProfitContext } from '../../profit/context.js'
import { deskOf } from '../../profit/desk.js'
import { DEFAULT_GAS } from '../../profit/gas-model.js'
import type { PoolBook } from '../../profit/pool-book.js'
import type { PoolLoader } from '../../profit/pool-loader.js'
import type { Horizon, Liquidatable, MarketOpinion, MarketWatch } from './market-watch.js'
import { lifetimeSecondsOf, secondsPerBlock } from './order-lifetime.js'
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
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Positions that are quoted for one block; the largest debts first. A flood of dust must not starve the rest. */
const MOST_QUOTED = 64
/** How much worse than quoted a swap may turn out before the order reverts. */
const TOLERANCE_BPS = 30
/** What the tail of a block pays per gas above the base fee: a bid below it is left out by builders. */
const TAIL_WEI_PER_GAS = 100_000_000n

/** One block's decisions: what every market offers, what of it pays, and what is sent. */
export class Hunt {
  private readonly suspects = new Suspects()
  /** Liquidatable in the block before: told once, not in every block. */
  private known: ReadonlySet<string> = new Set()

  constructor(private readonly options: HuntOptions) {}

  /** The block we aim at, and until when an order for it may run. Chains faster than a second count as one second. */
  horizon(head: Head): Horizon {
    const { chain, settings } = this.options
    const lifetime = BigInt(lifetimeSecondsOf(settings, chain))
    return { timestamp: head.timestamp + BigInt(secondsPerBlock(chain)), deadline: head.timestamp + lifetime }
  }

  /** Looks at `watches`, decides, offers. Returns how many positions were liquidatable. Rejects when pools cannot be read. */
  async at(head: Head, watches: readonly MarketWatch[]): Promise<number> {
    const { submitter, refusals, receivedAtMs } = this.options
    const outcomesRead = submitter.onHead(head, receivedAtMs(head) ?? undefined)
    const horizon = this.horizon(head)
    const opinions = await Promise.all(watches.map((watch) => watch.look(head, horizon)))
    const found = opinions.flatMap((opinion) => opinion.liquidatable)
    this.tell(found)
    if (found.length === 0) {
      refusals.keep([], head)
      return 0
    }
    const quotes = await this.quotes(found, head, watches, opinions)
    // what is in flight may have landed in this very block: refreshing it would be for a nonce that is gone
    if (submitter.inFlight().length > 0) await outcomesRead
    const said = await this.decide(quotes, head)
    refusals.keep(said, head)
    return found.length
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
    const largest = [...open].sort((a, b) => (a.solvency.debtBase > b.solvency.debtBase ? -1 : 1))
    const left = largest.slice(MOST_QUOTED).map((one) => refusalOf(one, TOO_MANY))
    const now = largest.slice(0, MOST_QUOTED)
    const plans = now.flatMap(({ choices }) => choices.filter((choice) => 'at' in choice))
    const book = await pools.load(reader, plans, head.number)
    const context = this.context(head, watches, opinions)
    const quoted = now.map(({ market, position, choices }) => quotePosition(market, position, choices, context, book))
    return { quoted, book, context, refusals: left }
  }

  /** Offers the best transaction; positions whose transaction failed in simulation go one by one behind it. */
  private async decide({ quoted, book, context, refusals }: Quoted, head: Head): Promise<(Refusal & Place)[]> {
    const isAlone = (quote: PositionQuote): boolean => this.suspects.isAlone(placeOf(quote), head.number)
    const said = [...refusals]
    const tried = quoted.filter((quote) => {
      const rest = this.suspects.rest(placeOf(quote), head.number)
      if (rest !== null) said.push(refusalOf(quote, rest))
      return rest === null
    })
    const together = tried.filter((quote) => !isAlone(quote))
    const groups = [together, ...tried.filter(isAlone).map((quote) => [quote])].filter((group) => group.length > 0)
    for (const group of groups) {
      const { opportunity, refusals: no } = combine(group, context, book)
      said.push(...no)
      if (opportunity === null) continue
      const refusal = await this.offer(opportunity, head)
      if (refusal !== null) said.push(...opportunity.legs.map((leg) => refusalOf(leg, refusal)))
    }
    return said
  }

  private async offer(opportunity: Opportunity, head: Head): Promise<Refusal | null> {
    const { submitter, metrics, logger } = this.options
    metrics.count('opportunities')
    const answer = await submitter.offer(opportunity, head)
    if (!('code' in answer)) return null
    if (answer.code === 'simulation-failed') {
      this.suspects.failed(opportunity, head.number, answer.detail)
      logger.warn('simulation-failed', { positions: opportunity.legs.map(placeOf), reason: answer.detail })
    }
    return answer
  }

  private context(head: Head, watches: readonly MarketWatch[], opinions: readonly MarketOpinion[]): ProfitContext {
    const { chain, settings, maxBidBps } = this.options
    const desks = new Map<string, MarketDesk>()
    watches.forEach((watch, i) => {
      const view = opinions[i]?.view
      const { strategy, replica } = watch.source
      if (view !== undefined) desks.set(watch.id, deskOf(strategy, replica.state, view, chain.wrappedNative))
    })
    return {
      chain,
      deadlineBlock: head.number + settings.orderLifetimeBlocks,
      deadlineTime: this.horizon(head).deadline,
      gasPriceWei: nextBaseFee(head),
      bidFloorPerGasWei: TAIL_WEI_PER_GAS,
      settings: {
        minProfitUsd8: settings.minProfitUsd8,
        bidBps: settings.bidBps,
        maxBidBps,
        maxFeeShareBps: settings.maxFeeShareBps,
        toleranceBps: TOLERANCE_BPS,
      },
      gas: DEFAULT_GAS,
      desk(market) {
        const desk = desks.get(market)
        if (desk === undefined) throw new KeeperError('unknown-market', `no market ${market} is configured`)
        return desk
      },
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

interface Place {
  readonly market: string
  readonly position: string
}

interface Quoted {
  readonly quoted: readonly PositionQuote[]
  readonly book: PoolBook
  readonly context: ProfitContext
  readonly refusals: readonly (Refusal & Place)[]
}

const TOO_MANY = refuse('lane-busy', `more than ${MOST_QUOTED} positions are liquidatable: the largest debts go first`)

const refusalOf = ({ market, position }: Place, refusal: Refusal): Refusal & Place => ({ ...refusal, market, position })
