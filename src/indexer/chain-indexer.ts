import PQueue from 'p-queue'
import { BlockLogs } from '../chain/block-logs.js'
import { Blocks } from '../chain/blocks.js'
import { Canon, toRef, type HeadChange } from '../chain/canon.js'
import type { Staleness } from '../chain/head-age.js'
import type { HeadFollower } from '../chain/heads.js'
import type { ChainReader } from '../chain/reader.js'
import type { RpcClient } from '../chain/rpc-client.js'
import type { BlockRef, Head } from '../domain/chain.js'
import { KeeperError, messageOf } from '../domain/errors.js'
import type { Market, PositionId } from '../domain/market.js'
import type { Logger, Metrics } from '../domain/ports.js'
import type { LiquidationStrategy } from '../domain/strategy.js'
import { Audit, type AuditOptions } from './audit.js'
import { CheckpointStore } from './checkpoint.js'
import { MarketCare, type Followed } from './market-care.js'
import { MarketIndexer, type MarketChanges } from './market-indexer.js'
import type { SyncProgress } from './market-sync.js'

export interface ChainIndexerOptions {
  readonly rpc: RpcClient
  readonly reader: ChainReader
  readonly heads: HeadFollower
  readonly markets: readonly { readonly market: Market; readonly strategy: LiquidationStrategy }[]
  /** Where checkpoints are; null reads and writes none. */
  readonly dataDir: string | null
  /** Read checkpoints, write none: for commands beside a running keeper. */
  readonly readOnly?: boolean
  readonly fromGenesis?: boolean
  /** Null switches the audit off. */
  readonly audit: AuditOptions | null
  readonly checkpointEveryBlocks?: number
  readonly logger: Logger
  readonly metrics: Metrics
  readonly progress?: (progress: SyncProgress) => void
}

export type MarketUpdate = MarketChanges

/** Blocks below the head at which a market starts: most reorgs are undone above it. */
const START_DEPTH = 4
const FALLBACK_FINALITY = 64
const HOUSEKEEPING_BLOCKS = 16
/** How long the end waits for a block that is being handled; without it the last checkpoint stands. */
const LAST_BLOCK_MS = 2_000

/** Follows all markets of one chain: one request for logs per block, shared by all of them. */
export class ChainIndexer {
  readonly markets: ReadonlyMap<string, MarketIndexer>
  private readonly followed: readonly Followed[]
  private readonly blocks: Blocks
  private readonly logs: BlockLogs
  /** What changes replicas runs one after another. */
  private readonly work = new PQueue({ concurrency: 1 })
  private readonly care: MarketCare
  private canon: Canon | null = null
  private finalNumber = 0
  private sinceHousekeeping = 0
  private sinceCheckpoint = 0
  private ended = false

  constructor(
    private readonly options: ChainIndexerOptions,
    private readonly onUpdate: (update: MarketUpdate) => void,
  ) {
    this.blocks = new Blocks(options.rpc)
    const { rpc, reader, logger, metrics, dataDir } = options
    this.logs = new BlockLogs(rpc, logger, metrics)
    const { fromGenesis = false, readOnly = false } = options
    const context = { rpc, reader, logs: this.logs, logger, metrics, fromGenesis, readOnly }
    const progress = options.progress ?? ((): undefined => undefined)
    this.followed = options.markets.map(({ market, strategy }) => {
      const store = dataDir === null ? null : new CheckpointStore(dataDir, market, logger)
      const indexer = new MarketIndexer(market, strategy, store, { ...context, progress })
      const audit = options.audit ? new Audit(market.id, options.audit, logger, metrics) : null
      return { indexer, audit, joined: false, snapshotAtMs: 0 }
    })
    this.care = new MarketCare({
      reader,
      logger,
      metrics,
      work: this.work,
      canon: () => this.canonOrThrow(),
      headOf: (ref) => this.headOf(ref),
      tell: (indexer, head) => this.tell(indexer, head),
      ended: () => this.ended,
    })
    this.markets = new Map(this.followed.map(({ indexer }) => [indexer.market.id, indexer]))
  }

  /** Brings every market to one block near the head. Throws what reading throws. */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const target = await this.startBlock()
      try {
        await Promise.all(this.followed.map(({ indexer }) => indexer.start(target)))
      } catch (error) {
        // a reorg while the first blocks were read: begin again above it
        if (attempt < 5 && error instanceof KeeperError && error.code === 'reorg') continue
        throw error
      }
      for (const one of this.followed) one.joined = true
      this.canon = new Canon(target)
      this.finalNumber = await this.blocks.finalNumber(target.number, FALLBACK_FINALITY)
      await this.checkpointAll()
      return
    }
  }

  /** Brings every market to the latest block, once. For commands that read and end. */
  async catchUp(): Promise<Head> {
    for (;;) {
      const head = await this.blocks.latest()
      const canon = this.canonOrThrow()
      const change = await canon.changeTo(head, this.blocks)
      if (!change) return head
      await this.handle(change)
      canon.accept(change)
    }
  }

  /** Follows the chain until the signal; never throws. Writes checkpoints at the end, which comes within seconds. */
  async run(signal: AbortSignal): Promise<void> {
    const canon = this.canonOrThrow()
    const following = this.options.heads.run(canon, (change) => this.work.add(() => this.handle(change)), signal)
    const patience = new Promise<boolean>((resolve) => {
      const stop = (): void => void setTimeout(() => resolve(false), LAST_BLOCK_MS).unref()
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop, { once: true })
    })
    const finished = await Promise.race([following.then(() => this.work.onIdle()).then(() => true), patience])
    this.ended = true
    if (finished) await this.checkpointAll()
  }

  /** Head age, or the market that is not ready. */
  staleness(): Staleness {
    const syncing = this.followed.find((one) => !one.joined)
    const age = this.options.heads.staleness()
    if (age.stale || !syncing) return age
    return { ...age, stale: true, reason: `${syncing.indexer.market.id} is being read from the chain again` }
  }

  /** Whether the market follows the head now; while it is read anew its last state must not be acted on. */
  isReady(market: string): boolean {
    return this.followed.some(({ indexer, joined }) => joined && indexer.market.id === market)
  }

  /** Positions that the next audit of a market compares in any case: those that are acted on. */
  auditNext(market: string, positions: Iterable<PositionId>): void {
    this.followed.find(({ indexer }) => indexer.market.id === market)?.audit?.add(positions)
  }

  private async handle(change: HeadChange): Promise<void> {
    for (const one of this.followed) if (one.joined) await this.rewind(one, change)
    const ready = this.followed.filter((one) => one.joined)
    const [first] = change.added
    if (change.jumped && first) await Promise.all(ready.map(({ indexer }) => this.jump(indexer, first)))
    for (const head of change.added) await this.takeBlock(ready, head)
    const head = change.added.at(-1) ?? (await this.headOf(change.ancestor))
    const reorg = change.removed.length > 0
    await Promise.all(ready.map(({ indexer }) => indexer.price(reorg)))
    for (const { indexer } of ready) this.tell(indexer, head)
    await this.afterwards(ready, head)
  }

  /** Leaves the market at a block of the new chain, or sends it back to its start. */
  private async rewind(one: Followed, { ancestor, added, jumped }: HeadChange): Promise<void> {
    const { indexer } = one
    const tip = indexer.replica.tip
    // an earlier attempt at this change got so far already
    if (added.some((head) => head.hash === tip.hash)) return
    if (!ancestor || !indexer.rewindTo(ancestor)) {
      this.care.startAgain(one, 'a reorg below what can be undone')
      return
    }
    if (!jumped && indexer.replica.tip.number < ancestor.number) await indexer.follow(ancestor)
  }

  private async jump(indexer: MarketIndexer, first: Head): Promise<void> {
    if (indexer.replica.tip.number < first.number) await indexer.follow(toRef(first))
  }

  private async takeBlock(ready: readonly Followed[], head: Head): Promise<void> {
    const behind = ready.filter(({ indexer }) => indexer.replica.tip.number < head.number)
    if (behind.length === 0) return
    const filters = behind.flatMap(({ indexer }) => indexer.replica.filters)
    const logs = await this.logs.read(filters, head)
    for (const { indexer } of behind) await indexer.take(head, logs)
  }

  private tell(indexer: MarketIndexer, head: Head): void {
    const market = indexer.market.id
    try {
      this.onUpdate({ market, head, ...indexer.changes() })
    } catch (error) {
      this.options.metrics.count('update_failures', { market })
      this.options.logger.error('update', { market, block: head.number, problem: messageOf(error) })
    }
  }

  /** What the hot path does not wait for. Failures are logged and come again with the next block. */
  private async afterwards(ready: readonly Followed[], head: Head): Promise<void> {
    for (const one of ready) {
      try {
        if (await one.indexer.maintain()) this.tell(one.indexer, head)
      } catch (error) {
        this.options.logger.warn('market', { market: one.indexer.market.id, notRefreshed: messageOf(error) })
      }
      if (one.audit) this.care.auditLater(one, one.audit)
    }
    if (++this.sinceHousekeeping >= HOUSEKEEPING_BLOCKS) await this.housekeeping(head)
    if (++this.sinceCheckpoint >= (this.options.checkpointEveryBlocks ?? 100)) await this.checkpointAll()
  }

  private async housekeeping(head: Head): Promise<void> {
    this.sinceHousekeeping = 0
    this.finalNumber = await this.blocks.finalNumber(head.number, FALLBACK_FINALITY)
    this.canon?.prune(this.finalNumber)
    for (const { indexer } of this.followed) indexer.replicaOrNull?.prune(this.finalNumber)
  }

  private async checkpointAll(): Promise<void> {
    this.sinceCheckpoint = 0
    if (this.options.readOnly) return
    for (const { indexer, joined } of this.followed) if (joined) await indexer.checkpoint(this.finalNumber)
  }

  /** A block a little below the head, but not below a checkpoint that is still canonical. */
  private async startBlock(): Promise<BlockRef> {
    const head = await this.blocks.latest()
    let number = Math.max(head.number - START_DEPTH, 0)
    for (const { indexer } of this.followed) {
      const newest = this.options.fromGenesis ? null : ((await indexer.store?.peek()) ?? null)
      if (newest && newest.number <= head.number) number = Math.max(number, newest.number)
    }
    const block = number === head.number ? head : await this.blocks.byNumber(number)
    if (!block) throw new KeeperError('rpc-gap', `block ${number} is not to be had from RPC_URLS`, { number })
    return toRef(block)
  }

  private async headOf(ref: BlockRef | null): Promise<Head> {
    const head = ref && (await this.blocks.byHash(ref.hash))
    if (!head) throw new KeeperError('rpc-gap', `block ${ref?.number ?? '?'} is not to be had from RPC_URLS`)
    return head
  }

  private canonOrThrow(): Canon {
    if (!this.canon) throw new KeeperError('not-started', 'the indexer was not started')
    return this.canon
  }
}
