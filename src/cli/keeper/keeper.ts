import type { Settings } from '../../config/settings.js'
import type { Head } from '../../domain/chain.js'
import type { Logger } from '../../domain/ports.js'
import type { ChainIndexer, MarketUpdate } from '../../indexer/chain-indexer.js'
import type { SyncProgress } from '../../indexer/sync-context.js'
import type { HealthReport } from '../../ops/health.js'
import type { PrometheusMetrics } from '../../ops/metrics.js'
import type { Redactor } from '../../ops/redaction.js'
import { pullKillSwitch } from '../../risk/kill-file.js'
import type { Scanner } from '../../scanner/scanner.js'
import type { ChainAccess } from '../chain-access.js'
import type { Start } from '../start-checks.js'
import type { PriceSignal } from '../../oracle/source.js'
import type { Operators } from '../operators.js'
import type { AuctionRoom } from './auctions/auction-room.js'
import type { AuctionMeans } from './auctions/dry-agent.js'
import { meansAt, openAuctions } from './auctions/open-auctions.js'
import { auctionMarkets, internalMovements } from './auctions/open-room.js'
import { BlockLoop } from './block-loop.js'
import { headFeed, type HeadFeed } from './head-feed.js'
import { Contested, REMEMBERED_BLOCKS } from './contested.js'
import { keeperHealth } from './keeper-health.js'
import { listening, type Listening } from './listening.js'
import { MarketWatch } from './market-watch.js'
import { openHunting, type Hunting } from './open-hunting.js'
import { openIndexer } from './open-indexer.js'
import { openScanner } from './open-scanner.js'
import { endsWithin, outcomePatienceMs } from './patience.js'
import { openSending, type Sending } from './sending.js'
import { TokenNames } from './token-names.js'
import { valueUsd8Of } from './value.js'

export interface KeeperOptions {
  readonly settings: Settings
  readonly access: ChainAccess
  readonly start: Start
  readonly operators: Operators
  readonly redactor: Redactor
  readonly logger: Logger
  readonly metrics: PrometheusMetrics
  readonly progress: (progress: SyncProgress) => void
  readonly fromGenesis: boolean
}

/** Finishing what is in flight; the process must be gone within five seconds of the signal. */
const STOP_MS = 2_500

/** The keeper of one chain: what the rooms do, put together. */
export class Keeper {
  private readonly feed: HeadFeed
  private readonly indexer: ChainIndexer
  private readonly scanner: Scanner
  /** Public for measurements. */
  readonly watches: readonly MarketWatch[]
  private readonly loop: BlockLoop
  private readonly contested: Contested
  private readonly listening: Listening
  private readonly startedAtMs = Date.now()
  private readonly ending = new AbortController()
  private sending: Sending | null = null
  private hunting: Hunting | null = null
  private auctions: AuctionRoom | null = null
  private names: TokenNames | null = null
  private head: Head | null = null
  private stopped: Promise<void> | null = null

  constructor(private readonly options: KeeperOptions) {
    const { access, settings, logger, metrics } = options
    this.scanner = openScanner(logger, metrics)
    this.feed = headFeed(settings, access, logger, metrics)
    this.indexer = openIndexer(options, this.feed.heads, (update) => {
      this.take(update)
    })
    this.watches = [...this.indexer.markets.values()].map((m) => new MarketWatch(m, this.scanner, logger, metrics))
    this.listening = listening(settings, access, this.watches, logger, metrics)
    this.contested = new Contested(settings.contested, [settings.executor, settings.auctionAgent])
    this.loop = new BlockLoop((head) => this.work(head), logger, metrics)
    // what was refused for want of a confirmation is looked at again, while this is still the head
    this.feed.quorum.onAgreed = (head) => {
      if (this.head !== null && this.isNewest(head)) this.loop.push(this.head)
    }
  }

  private isNewest({ hash }: Pick<Head, 'hash'>): boolean {
    return this.head?.hash === hash
  }

  /** Reads the markets, opens journal and ledger, learns what is in flight. Throws what stands in the way. */
  async start(): Promise<void> {
    const { settings, access, start, operators, logger, metrics } = this.options
    const head = await access.latest()
    await this.indexer.start()
    const means = await meansAt({ settings, access, start, operators, logger }, head.number)
    const sending = await this.openSending(means, head)
    this.sending = sending
    const { submitter, ledger } = sending
    this.names = new TokenNames(ledger, access.file.chain.wrappedNative, logger)
    for (const { source } of this.watches) this.names.learn(source)
    const { contested, watches, feed } = this
    for (const { number } of ledger.missedSince(head.number - REMEMBERED_BLOCKS)) contested.saw(null, number)
    const isNewest = (at: Head): boolean => this.isNewest(at)
    const lookAgain = (at: Head): void => {
      if (isNewest(at)) this.loop.push(at)
    }
    const common = { access, contested, sending, isNewest, signal: this.ending.signal, logger, metrics }
    const hunting = openHunting({ ...common, settings, heads: feed.heads, lookAgain })
    this.hunting = hunting
    const late = { head: () => this.head, worths: () => this.auctions?.worths() }
    this.auctions = await openAuctions({ ...common, ...late, means, start, operators, hunting, watches }, head.number)
    const newest = await access.latest()
    await this.auctions?.prepare(newest)
    await submitter.start(newest)
    await this.listening.start((signal) => void this.hear(signal))
  }

  private openSending({ settings, assumed }: AuctionMeans, head: Head): Promise<Sending> {
    const { access, start, operators, redactor, logger, metrics } = this.options
    const { file, rpc, reader } = access
    const { chain } = file
    return openSending({
      ...{ settings, chain, start, operators, rpc, reader, redactor, logger, metrics },
      ...(assumed === null ? {} : { assumed }),
      block: head.number,
      valueUsd8: (deltas, signed) =>
        valueUsd8Of(deltas, signed, this.watches, this.head ?? head, chain.wrappedNative, this.auctions?.worths()),
      internal: internalMovements(auctionMarkets(start.markets)),
      objection: ({ hash }) => this.feed.quorum.objection(hash) ?? this.indexer.priceNote(),
    })
  }

  /** News of a price from one of the channels. Resolves when what it opens was offered or refused. */
  hear(signal: PriceSignal): Promise<void> {
    return this.hunting?.trigger.take(signal) ?? Promise.resolve()
  }

  /** The last block that was worked through, how many intents may still land, and whether positions are being prepared. */
  get progress(): { readonly block: number | null; readonly inFlight: number; readonly preparing: boolean } {
    return {
      block: this.loop.done?.number ?? null,
      inFlight: this.sending?.submitter.inFlight().length ?? 0,
      preparing: this.hunting?.preparing.isRunning ?? false,
    }
  }

  /** Follows the chain until `stop`. */
  run(): Promise<void> {
    return this.indexer.run(this.ending.signal)
  }

  /** Nothing is signed from now on and what is out is cancelled. */
  kill(why: string): void {
    // while it still starts, the file alone says it: the gate reads it before anything is signed
    if (this.sending === null) pullKillSwitch(this.options.settings.dataDir, why)
    else this.sending.submitter.kill(why)
  }

  health(): HealthReport {
    const { feed, indexer, loop, sending, head, startedAtMs } = this
    const { start, access } = this.options
    const hearing = this.hunting?.trigger.isBusy ?? false
    return keeperHealth({ start, access, feed, indexer, loop, sending, head, hearing, startedAtMs })
  }

  /** Writes checkpoints, records what is in flight, closes everything, once. Takes a few seconds at most. */
  stop(): Promise<void> {
    this.stopped ??= this.end()
    return this.stopped
  }

  private async end(): Promise<void> {
    this.ending.abort()
    this.hunting?.preparing.stop()
    const tooLate = new Promise((resolve) => setTimeout(resolve, STOP_MS).unref())
    try {
      // side by side: a node and relays that both hang must not add up to more than a supervisor waits
      const idle = Promise.all([this.loop.idle(), this.listening.stop()])
      await Promise.all([this.sending?.submitter.stop(STOP_MS), Promise.race([idle, tooLate])])
      this.sending?.close()
    } finally {
      // the thread and the connections would keep the process alive
      this.options.access.close()
      await this.scanner.stop()
    }
  }

  /** One market's changes: rows to the scanner, others' liquidations to the tracker, the head to the loop. */
  private take(update: MarketUpdate): void {
    const { head, market, blocks } = update
    this.options.metrics.count('heads', {}, this.head?.hash === head.hash ? 0 : 1)
    this.options.metrics.gauge('head_number', head.number)
    this.head = head
    for (const block of [...blocks.map((taken) => taken.head), head]) this.hunting?.quoting.saw(block)
    const watch = this.watches.find(({ id }) => id === market)
    watch?.take(update, head)
    const source = watch?.source
    if (source !== undefined && (update.reset || update.parameters)) this.names?.learn(source)
    for (const log of blocks.flatMap(({ logs }) => logs)) {
      const event = source?.strategy.liquidation(source.market, log) ?? null
      const block = { number: log.blockNumber, hash: log.blockHash }
      if (event === null) continue
      this.contested.saw(event.liquidator, block.number)
      this.sending?.submitter.onLiquidation(event, block, this.indexer.isReady(market))
    }
    this.loop.push(head)
  }

  private async work(head: Head): Promise<void> {
    const ready = this.watches.filter(({ id }) => this.indexer.isReady(id))
    const { hunting } = this
    if (hunting === null || ready.length === 0) return
    // side by side with the look: most blocks have nothing to quote, and a report must find the pools at this head
    const followed = hunting.quoting.follow(head)
    try {
      await hunting.hunt.at(head, ready)
      await endsWithin(followed, outcomePatienceMs(this.options.access.file.chain))
      await hunting.trigger.atHead(head, ready)
      hunting.preparing.atHead(head, ready)
      await hunting.hunt.complete(head)
      await this.auctions?.at(head)
    } finally {
      // after what is urgent: whoever may be liquidatable is compared with the contract
      for (const { id, candidates } of ready) this.indexer.auditNext(id, candidates)
    }
  }
}
