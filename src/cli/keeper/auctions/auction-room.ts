import type { AgentHolding } from '../../../auctions/agent.js'
import type { ChainConfig } from '../../../config/market-file.js'
import type { Settings } from '../../../config/settings.js'
import type { Address, Head, Hex, Reader } from '../../../domain/chain.js'
import { messageOf } from '../../../domain/errors.js'
import type { Token } from '../../../domain/market.js'
import type { Logger, Metrics } from '../../../domain/ports.js'
import type { PositionRefusal } from '../../../domain/refusal.js'
import type { ChainAsk } from '../../../execution/chain-facts.js'
import type { Booked } from '../../../execution/intent-book.js'
import type { Submitter } from '../../../execution/submitter.js'
import type { SqliteLedger } from '../../../ledger/sqlite-ledger.js'
import type { Valuation } from '../../../profit/valuation.js'
import { horizonOf } from '../horizon.js'
import type { Liquidatable, MarketWatch } from '../market-watch.js'
import type { RefusalBook } from '../refusal-book.js'
import { placeOf } from '../suspects.js'
import { AuctionDesk, type DeskAnswer } from './auction-desk.js'
import { AuctionLog, refusalsOf } from './auction-notes.js'
import { SceneReader, type AuctionMarket } from './market-scene.js'
import { openings } from './opening-legs.js'
import { SharedHouses, kinOf } from './protocols.js'
import { purchasesIn } from './purchases.js'
import { Received } from './received.js'
import { RunsInFlight } from './runs-in-flight.js'
import { RunTrials } from './run-trials.js'
import { rescuesAt } from './saviours.js'
import { TokenWorths } from './token-worths.js'

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
  readonly trials: RunTrials
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
  private readonly runs: RunsInFlight
  private readonly tokens: TokenWorths
  private readonly log: AuctionLog

  constructor(private readonly options: AuctionRoomOptions) {
    const { markets, reader, chain, agent, holdings, settings, ask, ledger, booked, undone, logger, lent } = options
    const { confirmations } = settings
    const kin = kinOf(markets)
    const houses = new SharedHouses()
    this.runs = new RunsInFlight({ ...options, kin: (market) => kin.get(market) ?? [market] })
    this.tokens = new TokenWorths(chain.wrappedNative)
    this.log = new AuctionLog(logger)
    this.places = withTrials(markets).map(({ market, trials }) => ({
      ...{ market, trials },
      desk: new AuctionDesk({
        scenes: new SceneReader(market, { reader, chain, agent, holdings, confirmations }),
        ...{ chain, settings, agent, lent, trials },
        lossLeftUsd8: (day) => this.runs.lossLeftUsd8(market.known.market.id, day),
        told: (name) => ledger.wasMined(market.known.market.id, name),
        isOurs: (house, able) => houses.isOf(market.known.market.id, house, able),
      }),
      received: new Received({
        ...{ market: market.known.market, refill: market.refill, reader, ask, ledger, confirmations, booked, undone },
        logger,
      }),
    }))
  }

  /** What the newest prices say of tokens that no lending market prices. */
  worths(): readonly Valuation[] {
    return this.tokens.all()
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
        this.tokens.remember(market, await desk.scene(head), this.tokens.base(watch, head))
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

  private async look({ desk, market, trials }: Place, head: Head): Promise<PositionRefusal[]> {
    const { submitter, chain, settings, agent, ask } = this.options
    const watch = this.options.watch(desk.market)
    if (watch === undefined) return []
    const view = watch.source.replica.book.view(head.number, head.timestamp)
    const base = this.tokens.base(watch, head)
    const { opens, refusals } = await rescuesAt(openings(watch, view, agent), { ask, agent, head })
    const { state } = watch.source.replica
    const answer = await desk.at(head, horizonOf(head, chain, settings), base, opens, state)
    this.tokens.remember(market, answer.scene, base)
    this.log.tell(desk.market, answer)
    const said = [
      ...refusals,
      ...refusalsOf(desk.market, answer.round.notes),
      ...(await this.buy(market, answer, head)),
    ]
    const wanted = answer.opportunity ?? answer.upkeep
    if (wanted === null) return said
    if ('code' in wanted) return [...said, wanted]
    if (this.runs.mustWait(desk.market, wanted)) return said
    const result = await submitter.offer(wanted, head)
    if (!('code' in result)) return said
    if (result.code === 'simulation-failed') trials.failed(wanted.legs, head.number, result.detail)
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
}

const withTrials = (markets: readonly AuctionMarket[]): Pick<Place, 'market' | 'trials'>[] =>
  markets.map((market) => ({ market, trials: new RunTrials(market.known.market.id) }))
