import type { Settings } from '../../config/settings.js'
import type { Head } from '../../domain/chain.js'
import type { Logger } from '../../domain/ports.js'
import type { AuditOptions } from '../../indexer/audit.js'
import { ChainIndexer, type MarketUpdate } from '../../indexer/chain-indexer.js'
import type { SyncProgress } from '../../indexer/sync-context.js'
import { healthOf, type HealthReport } from '../../ops/health.js'
import type { PrometheusMetrics } from '../../ops/metrics.js'
import type { Redactor } from '../../ops/redaction.js'
import { pullKillSwitch } from '../../risk/kill-file.js'
import type { Scanner } from '../../scanner/scanner.js'
import type { ChainAccess } from '../chain-access.js'
import type { Start } from '../start-checks.js'
import type { OutcomeTrackerOptions } from '../../execution/outcome-tracker.js'
import type { PriceSignal } from '../../oracle/source.js'
import { addressesOf, type Operators } from '../operators.js'
import type { AuctionRoom, AuctionRoomOptions } from './auctions/auction-room.js'
import { auctionMeans, type AuctionMeans } from './auctions/dry-agent.js'
import { auctionMarkets, internalMovements, openRoom } from './auctions/open-room.js'
import { BlockLoop } from './block-loop.js'
import { headFeed, type HeadFeed } from './head-feed.js'
import { Contested, REMEMBERED_BLOCKS } from './contested.js'
import { Deciding } from './deciding.js'
import { Hunt } from './hunt.js'
import { listening, type Listening } from './listening.js'
import { MarketWatch } from './market-watch.js'
import { Preparing } from './preparing.js'
import type { Quoting } from './quoting.js'
import { openQuoting } from './open-quoting.js'
import { openScanner } from './open-scanner.js'
import { endsWithin, outcomePatienceMs } from './patience.js'
import { RefusalBook } from './refusal-book.js'
import { openSending, type Sending } from './sending.js'
import { placeOf } from './suspects.js'
import { TokenNames } from './token-names.js'
import { Trigger } from './trigger.js'
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

/** Most candidates of a block that its audit compares with the contract, beside those by turns: what fits one batch. */
const AUDITED_CANDIDATES = 480
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
  private quoting: Quoting | null = null
  private hunt: Hunt | null = null
  private trigger: Trigger | null = null
  private preparing: Preparing | null = null
  private auctions: AuctionRoom | null = null
  private names: TokenNames | null = null
  private head: Head | null = null
  private stopped: Promise<void> | null = null

  constructor(private readonly options: KeeperOptions) {
    const { access, start, settings, logger, metrics, progress, fromGenesis } = options
    const { rpc, reader } = access
    this.scanner = openScanner(logger, metrics)
    this.feed = headFeed(settings, access, logger, metrics)
    this.indexer = new ChainIndexer(
      {
        rpc,
        reader,
        heads: this.feed.heads,
        markets: start.markets,
        dataDir: settings.dataDir,
        fromGenesis,
        audit: auditOf(settings),
        logger,
        metrics,
        progress,
      },
      (update) => {
        this.take(update)
      },
    )
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
    const { settings, access, start, operators, redactor, logger, metrics } = this.options
    const head = await access.latest()
    await this.indexer.start()
    const { chain } = access.file
    const { rpc, reader } = access
    const valueUsd8: OutcomeTrackerOptions['valueUsd8'] = (deltas, signed) =>
      valueUsd8Of(deltas, signed, this.watches, this.head ?? head, chain.wrappedNative, this.auctions?.worths())
    const means = await this.auctionMeans(head.number)
    this.sending = await openSending({
      ...{ chain, start, operators, rpc, reader, redactor, logger, metrics, settings: means.settings },
      ...(means.assumed === null ? {} : { assumed: means.assumed }),
      block: head.number,
      valueUsd8,
      internal: internalMovements(auctionMarkets(start.markets)),
      objection: ({ hash }) => this.feed.quorum.objection(hash) ?? this.indexer.priceNote(),
    })
    const { submitter, ledger, maxBidBps } = this.sending
    this.names = new TokenNames(ledger, chain.wrappedNative, logger)
    for (const { source } of this.watches) this.names.learn(source)
    const { contested } = this
    for (const { number } of ledger.missedSince(head.number - REMEMBERED_BLOCKS)) contested.saw(null, number)
    const quoting = openQuoting(access, { settings, maxBidBps, contested, logger, metrics })
    this.quoting = quoting
    const isNewest = (at: Head): boolean => this.isNewest(at)
    const deciding = new Deciding({ chain, submitter, contested, logger, metrics, isNewest })
    const refusals = new RefusalBook(ledger, logger, metrics, this.ending.signal)
    const parts = { chain, settings, quoting, deciding, refusals, logger, metrics }
    this.hunt = new Hunt({
      ...{ ...parts, submitter },
      receivedAtMs: (head) => this.feed.heads.receivedAtMs(head),
      lookAgain: (head) => {
        if (this.isNewest(head)) this.loop.push(head)
      },
    })
    const hunt = this.hunt
    this.preparing = new Preparing({
      ...{ ...parts, submitter },
      simulates: settings.simulationRpcUrl !== null,
      isKnown: (place) => hunt.isKnown(place),
      isNewest,
      busy: () => this.trigger?.isBusy ?? false,
    })
    this.trigger = new Trigger({
      ...parts,
      hunt,
      contested,
      // a newer head that was heard of counts, although its logs are still being read
      isNewest: (at) => this.isNewest(at) && this.feed.heads.receivedAtMs(at) !== null,
      lanes: submitter.lanes,
      prepared: this.preparing.book,
    })
    this.auctions = await this.openAuctions(means, head.number)
    const newest = await access.latest()
    await this.auctions?.prepare(newest)
    await submitter.start(newest)
    await this.listening.start((signal) => void this.hear(signal))
  }

  /** News of a price from one of the channels. Resolves when what it opens was offered or refused. */
  hear(signal: PriceSignal): Promise<void> {
    return this.trigger?.take(signal) ?? Promise.resolve()
  }

  /** The last block that was worked through, how many intents may still land, and whether positions are being prepared. */
  get progress(): { readonly block: number | null; readonly inFlight: number; readonly preparing: boolean } {
    return {
      block: this.loop.done?.number ?? null,
      inFlight: this.sending?.submitter.inFlight().length ?? 0,
      preparing: this.preparing?.isRunning ?? false,
    }
  }

  /** Says what is only assumed of the agent. */
  private async auctionMeans(block: number): Promise<AuctionMeans> {
    const { settings, access, start, operators, logger } = this.options
    const { dryRun } = start
    const means = await auctionMeans({
      ...{ settings, reader: access.reader, markets: auctionMarkets(start.markets), dryRun, block },
      ...{ wrappedNative: access.file.chain.wrappedNative, operators: addressesOf(operators) },
    })
    for (const because of means.notes) logger.warn('auctions', { because })
    return means
  }

  private async openAuctions({ settings, reader }: AuctionMeans, block: number): Promise<AuctionRoom | null> {
    const { access, start, operators, logger, metrics } = this.options
    if (this.sending === null) return null
    const { submitter, ledger, gate } = this.sending
    const { chain } = access.file
    // a dry run needs no executor on the chain for what one would buy
    const lent = settings.executor !== null || start.dryRun
    const room = await openRoom(
      {
        ...{ chain, settings, submitter, ledger, logger, metrics, reader, ask: access.rpc, lent },
        markets: auctionMarkets(start.markets),
        refusals: new RefusalBook(ledger, logger, metrics, this.ending.signal),
        watch: (market) => this.watches.find(({ id }) => id === market),
        buy: lent ? this.buying(submitter) : null,
        undone: (transaction) => {
          gate.takeBack(transaction)
        },
        booked: ({ deltas }, transaction, blockHash, timestamp) => {
          const head = this.head
          if (head === null) return
          const none = { netWei: 0n, netUsd8: 0n }
          const others = this.auctions?.worths()
          const { usd8, unpriced } = valueUsd8Of(deltas, none, this.watches, head, chain.wrappedNative, others)
          ledger.valued(transaction, blockHash, usd8, [...unpriced.keys()])
          const figures = { netUsd8: usd8, reverted: false, unpricedOut: [] }
          gate.realised({ transaction, blockHash, atMs: Number(timestamp) * 1000, ...figures })
        },
      },
      addressesOf(operators),
      start.dryRun,
      block,
    )
    if (room !== null) ledger.named(room.names())
    return room
  }

  /** Purchases from auctions go the way of liquidations; their failures are a book of their own. */
  private buying(submitter: Sending['submitter']): AuctionRoomOptions['buy'] {
    const { contested } = this
    const { access, logger, metrics } = this.options
    const { chain } = access.file
    const isNewest = (head: Head): boolean => this.isNewest(head)
    const deciding = new Deciding({ chain, submitter, contested, logger, metrics, isNewest })
    return async (found, head) => {
      const { quoting, hunt } = this
      if (quoting === null || hunt === null) return []
      const opinions = this.watches.map(({ source }) => ({
        view: source.replica.book.view(head.number, head.timestamp),
      }))
      const quoted = await quoting.quote(found, { head, watches: this.watches, opinions })
      deciding.suspects.keep(new Set(found.map(placeOf)))
      return deciding.decide(quoted, head, { behind: null, objection: hunt.objection(head) })
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
    const staleness = this.indexer.staleness()
    const { start, access } = this.options
    const standing = this.sending?.gate.standing(Date.now())
    const facts = {
      mode: start.dryRun ? 'dry-run' : 'sending',
      inFlight: this.sending?.submitter.inFlight().length ?? 0,
      endpoint: access.rpc.current,
      audit: this.indexer.auditNotes().join('; ') || 'agrees',
      hearing: this.trigger?.isBusy ?? false,
    }
    const doubts = [this.feed.quorum.note, this.indexer.priceNote()].filter((doubt) => doubt !== null)
    return healthOf(
      {
        nowMs: Date.now(),
        startedAtMs: this.startedAtMs,
        headNumber: this.head?.number ?? null,
        headAgeMs: staleness.ageMs,
        headProblem: staleness.reason,
        scannedAtMs: this.loop.done?.atMs ?? null,
        scannedBlock: this.loop.done?.number ?? null,
        maxScanGapMs: this.feed.maxHeadAgeMs,
      },
      { problems: [...(standing?.tripped ?? []), ...doubts], facts },
    )
  }

  /** Writes checkpoints, records what is in flight, closes everything, once. Takes a few seconds at most. */
  stop(): Promise<void> {
    this.stopped ??= this.end()
    return this.stopped
  }

  private async end(): Promise<void> {
    this.ending.abort()
    this.preparing?.stop()
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
    for (const block of [...blocks.map((taken) => taken.head), head]) this.quoting?.saw(block)
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
    if (this.hunt === null || ready.length === 0) return
    // side by side with the look: most blocks have nothing to quote, and a report must find the pools at this head
    const followed = this.quoting?.follow(head) ?? Promise.resolve()
    try {
      await this.hunt.at(head, ready)
      await endsWithin(followed, outcomePatienceMs(this.options.access.file.chain))
      await this.trigger?.atHead(head, ready)
      this.preparing?.atHead(head, ready)
      await this.auctions?.at(head)
    } finally {
      // after what is urgent: whoever may be liquidatable is compared with the contract
      for (const { id, candidates } of ready) this.indexer.auditNext(id, candidates)
    }
  }
}

const auditOf = ({ auditSample, auditMaxDifferences }: Settings): AuditOptions | null =>
  auditSample === 0 ? null : { sample: auditSample, candidates: AUDITED_CANDIDATES, maxPerHour: auditMaxDifferences }
