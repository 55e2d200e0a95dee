import type { AgentHolding } from '../../../auctions/agent.js'
import type { Note } from '../../../auctions/round.js'
import type { ChainConfig } from '../../../config/market-file.js'
import type { Settings } from '../../../config/settings.js'
import type { Address, Head, Hex, Reader } from '../../../domain/chain.js'
import { messageOf } from '../../../domain/errors.js'
import { maxOf } from '../../../domain/maths.js'
import type { Token } from '../../../domain/market.js'
import type { Opportunity } from '../../../domain/opportunity.js'
import type { Logger, Metrics } from '../../../domain/ports.js'
import { refuse, type PositionRefusal, type RefusalCode } from '../../../domain/refusal.js'
import type { ChainAsk } from '../../../execution/chain-facts.js'
import type { Booked } from '../../../execution/intent-book.js'
import { positionsOf, type LegRecord } from '../../../execution/records.js'
import type { Submitter } from '../../../execution/submitter.js'
import type { SqliteLedger } from '../../../ledger/sqlite-ledger.js'
import { valuationOf, type Valuation } from '../../../profit/valuation.js'
import { horizonOf } from '../horizon.js'
import type { Liquidatable, MarketWatch } from '../market-watch.js'
import type { RefusalBook } from '../refusal-book.js'
import { placeOf } from '../suspects.js'
import { AuctionDesk, type DeskAnswer } from './auction-desk.js'
import { auctionValuation } from './auction-worth.js'
import { SceneReader, type AuctionMarket } from './market-scene.js'
import { openings } from './opening-legs.js'
import { isPoke } from './poke-legs.js'
import { purchasesIn } from './purchases.js'
import { Received } from './received.js'
import { rescuesAt } from './saviours.js'

export interface AuctionRoomOptions {
  readonly chain: ChainConfig
  readonly settings: Settings
  readonly markets: readonly AuctionMarket[]
  readonly agent: Address
  readonly holdings: readonly AgentHolding[]
  readonly reader: Reader
  readonly ask: ChainAsk
  readonly submitter: Submitter
  readonly ledger: SqliteLedger
  readonly refusals: RefusalBook
  readonly watch: (market: string) => MarketWatch | undefined
  /** Whether what one transaction can buy is paid with a loan, by the executor. */
  readonly lent: boolean
  /** Quotes what one transaction can buy and offers what pays, through the executor; null without one. */
  readonly buy: ((found: readonly Liquidatable[], head: Head) => Promise<readonly PositionRefusal[]>) | null
  /** A booking that somebody else's transaction made, to be valued and told to the risk gate. */
  readonly booked: (booked: Booked, transaction: Hex, blockHash: Hex, timestamp: bigint) => void
  /** Such a booking was taken back. */
  readonly undone: (transaction: Hex) => void
  readonly logger: Logger
  readonly metrics: Metrics
}

interface Place {
  readonly market: AuctionMarket
  readonly desk: AuctionDesk
  readonly received: Received
}

/**
 * The auction book at work: per block and market one look, and at most one transaction, offered behind the liquidations
 * through the same gate, lane and journal. It keeps nothing that the chain does not know, so a process that was killed
 * goes on where the chain stands.
 */
export class AuctionRoom {
  private readonly places: readonly Place[]
  private readonly valuations = new Map<string, Valuation>()
  private told = ''

  constructor(private readonly options: AuctionRoomOptions) {
    const { markets, reader, chain, agent, holdings, settings, ask, ledger, booked, undone, logger, lent } = options
    const { confirmations } = settings
    this.places = markets.map((market) => ({
      market,
      desk: new AuctionDesk({
        scenes: new SceneReader(market, { reader, chain, agent, holdings, confirmations }),
        ...{ chain, settings, agent, lent },
        lossLeftUsd8: (day) => lossLeft(settings, this.lossUsd8(market.known.market.id, day)),
      }),
      received: new Received({
        ...{ market: market.known.market, refill: market.refill, reader, ask, ledger, confirmations, booked, undone },
        logger,
      }),
    }))
  }

  /** What the newest prices say of tokens that no lending market prices. */
  worths(): readonly Valuation[] {
    return [...this.valuations.values()]
  }

  /**
   * Learns what the tokens are worth, before anything is booked: what landed while no keeper ran is valued at the start. Never
   * rejects; what cannot be priced now is learnt at the next head.
   */
  async prepare(head: Head): Promise<void> {
    for (const { desk, market } of this.places) {
      const watch = this.options.watch(desk.market)
      if (watch === undefined) continue
      try {
        this.remember(market, { scene: await desk.scene(head) }, this.valuationAt(watch, head))
      } catch (error) {
        this.options.logger.warn('auctions', { market: desk.market, notValued: messageOf(error) })
      }
    }
  }

  /** Names of the tokens for the ledger, which counts only tokens that it knows. */
  names(): Token[] {
    return this.places.flatMap(({ market: { refill, known } }) => {
      const pay = refill.payToken(known.market)
      const inside = refill.internalTokens(known.market)
      const sold = this.options.holdings.map(({ token }) => token).filter((token) => token !== pay.address)
      return [pay, ...inside, ...sold.map((address) => ({ address, symbol: 'won', decimals: 18 }))].map((one) => ({
        address: 'token' in one ? one.token : one.address,
        symbol: one.symbol,
        decimals: one.decimals,
      }))
    })
  }

  /** Never rejects: one market's trouble stops neither the others nor the liquidations. */
  async at(head: Head): Promise<void> {
    const said: PositionRefusal[] = []
    for (const place of this.places) {
      void place.received.search(head)
      try {
        said.push(...(await this.look(place, head)))
      } catch (error) {
        this.options.metrics.count('block_failures')
        this.options.logger.warn('auctions', { market: place.desk.market, problem: messageOf(error) })
      }
    }
    this.options.refusals.keep(said, head)
  }

  private async look({ desk, market }: Place, head: Head): Promise<PositionRefusal[]> {
    const { submitter, chain, settings, agent, ask } = this.options
    const watch = this.options.watch(desk.market)
    if (watch === undefined) return []
    const view = watch.source.replica.book.view(head.number, head.timestamp)
    const base = this.valuationAt(watch, head)
    const { opens, refusals } = await rescuesAt(openings(watch, view, agent), { ask, agent, head })
    const { state } = watch.source.replica
    const answer = await desk.at(head, horizonOf(head, chain, settings), base, opens, state)
    this.remember(market, answer, base)
    this.tell(desk.market, answer)
    const said = [
      ...refusals,
      ...refusalsOf(desk.market, answer.round.notes),
      ...(await this.buy(market, answer, head)),
    ]
    const wanted = answer.opportunity ?? answer.upkeep
    if (wanted === null) return said
    if ('code' in wanted) return [...said, wanted]
    if (this.mustWait(desk.market, wanted)) return said
    const result = await submitter.offer(wanted, head)
    if (!('code' in result)) return said
    return [...said, ...wanted.legs.map(({ position }) => ({ ...result, market: desk.market, position }))]
  }

  private async buy(market: AuctionMarket, { scene }: DeskAnswer, head: Head): Promise<readonly PositionRefusal[]> {
    const { buy, chain, settings, submitter } = this.options
    if (buy === null) return []
    const { found, refusals } = purchasesIn(
      market.known.market,
      scene.views,
      horizonOf(head, chain, settings).timestamp,
    )
    const counted = submitter.dryRunCounted()
    const open = found.filter((one) => !counted.has(placeOf(one)))
    return [...refusals, ...(open.length === 0 ? [] : await buy(open, head))]
  }

  /**
   * A run that shares no place with the one in flight would spend the same capital a second time: it waits for that one. A
   * price is told by one run at a time, and what can wait waits for every other.
   */
  private mustWait(market: string, { legs, housekeeping }: Opportunity): boolean {
    const places = new Set(positionsOf(legs))
    return this.inFlight(market).some(({ legs: out }) => {
      if (isUpkeep(out)) return housekeeping !== true && legs.some(({ position }) => isPoke(position))
      return housekeeping === true || !positionsOf(out).some((place) => places.has(place))
    })
  }

  /** Runs of a market that may still land: their legs, and what the newest attempt is expected to bring. */
  private inFlight(market: string): { readonly legs: readonly LegRecord[]; readonly netUsd8: bigint }[] {
    return this.options.submitter.inFlight().flatMap(({ attempts }) => {
      const legs = attempts.flatMap(({ opportunity }) => opportunity.legs).filter((leg) => leg.market === market)
      return legs.length === 0 ? [] : [{ legs, netUsd8: attempts.at(-1)?.opportunity.netUsd8 ?? 0n }]
    })
  }

  /** What backstop mode has lost on a day, with what upkeep in flight, which no other run waits for, will. */
  private lossUsd8(market: string, day: string): bigint {
    const upkeep = this.inFlight(market).filter(({ legs }) => isUpkeep(legs))
    const inFlight = upkeep.reduce((sum, { netUsd8 }) => (netUsd8 < 0n ? sum - netUsd8 : sum), 0n)
    return this.options.ledger.expectedLossUsd8(market, day) + inFlight
  }

  private valuationAt({ source: { strategy, replica } }: MarketWatch, head: Head): Valuation {
    const view = replica.book.view(head.number, head.timestamp)
    return valuationOf(strategy.reserves(replica.state), view, this.options.chain.wrappedNative)
  }

  private remember({ refill, known }: AuctionMarket, { scene }: Pick<DeskAnswer, 'scene'>, base: Valuation): void {
    const pay = refill.payToken(known.market).address
    const sold = scene.stock.map(({ token }) => token).filter((token) => token !== this.options.chain.wrappedNative)
    const internal = refill.internalTokens(known.market)
    this.valuations.set(known.market.id, auctionValuation(scene.exits, pay, sold, internal, base))
  }

  private tell(market: string, { round, opportunity }: DeskAnswer): void {
    const notes = round.notes.map(({ name, phase, decision }) => `${name} ${phase} ${decision.act}`).join('; ')
    const line = `${market} ${notes}`
    if (line !== this.told)
      this.options.logger.debug('auctions', { market, notes: round.notes, locked: round.lockedNow })
    this.told = line
    if (opportunity === null) return
    this.options.logger.info('auction', {
      market,
      actions: opportunity.legs.map(({ position, route, amounts }) => ({
        ...{ name: position, what: route, pay: amounts.repay, get: amounts.seize },
      })),
      expectedWei: opportunity.netWei,
    })
  }
}

const isUpkeep = (legs: readonly LegRecord[]): boolean => legs.every(({ position }) => isPoke(position))

/** What backstop mode may still lose on a day; zero in profit mode. */
const lossLeft = ({ mode, backstopDailyLossUsd8 }: Settings, spentUsd8: bigint): bigint =>
  mode === 'backstop' ? maxOf(0n, backstopDailyLossUsd8 - spentUsd8) : 0n

const CODES: Readonly<Record<string, RefusalCode>> = {
  'stale-price': 'no-price',
  'absurd-price': 'absurd-price',
  capital: 'capital',
  budget: 'daily-loss',
  'below-reservation': 'below-min-profit',
  'no-terms': 'dust-rule',
}

/** Why open auctions are not bid in (yet); that we lead, or that one is over, needs no reason. */
const refusalsOf = (market: string, notes: readonly Note[]): PositionRefusal[] =>
  notes.flatMap(({ name, decision }) => {
    if (decision.act === 'bid') return []
    const code = decision.act === 'wait' ? 'below-min-profit' : CODES[decision.reason]
    return code === undefined ? [] : [{ ...refuse(code, decision.why), market, position: name }]
  })
