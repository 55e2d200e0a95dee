import PQueue from 'p-queue'
import { BlockLogs } from '../chain/block-logs.js'
import { Blocks } from '../chain/blocks.js'
import { Canon, type HeadChange } from '../chain/canon.js'
import type { Staleness } from '../chain/head-age.js'
import type { HeadFollower } from '../chain/heads.js'
import type { Head } from '../domain/chain.js'
import { KeeperError, messageOf } from '../domain/errors.js'
import type { Market, PositionId } from '../domain/market.js'
import type { LiquidationStrategy } from '../domain/strategy.js'
import { BlockPath } from './block-path.js'
import { followMarket, type FollowHost, type FollowOptions } from './follow-market.js'
import type { Followed } from './followed.js'
import { MarketCare } from './market-care.js'
import type { MarketIndexer, MarketChanges } from './market-indexer.js'
import { startBlock } from './start-block.js'
import { Upkeep } from './upkeep.js'

export interface ChainIndexerOptions extends FollowOptions {
  readonly heads: HeadFollower
  readonly markets: readonly { readonly market: Market; readonly strategy: LiquidationStrategy }[]
  readonly checkpointEveryBlocks?: number
}

export type MarketUpdate = MarketChanges

/** How long the end waits for a block that is being handled; without it the last checkpoint stands. */
const LAST_BLOCK_MS = 2_000

/** Follows all markets of one chain: one request for logs per block, shared by all of them. */
export class ChainIndexer {
  readonly markets: ReadonlyMap<string, MarketIndexer>
  private readonly followed: readonly Followed[]
  private readonly blocks: Blocks
  /** What changes replicas runs one after another. */
  private readonly work = new PQueue({ concurrency: 1 })
  private readonly path: BlockPath
  private readonly upkeep: Upkeep
  private readonly care: MarketCare
  private canon: Canon | null = null
  private ended = false
  /** False from the beginning of a change until it has been handled whole. */
  private settled = true

  constructor(
    private readonly options: ChainIndexerOptions,
    onUpdate: (update: MarketUpdate) => void,
  ) {
    const { rpc, logger, metrics, dataDir, readOnly, checkpointEveryBlocks } = options
    this.blocks = new Blocks(rpc)
    const logs = new BlockLogs(rpc, logger, metrics)
    const host: FollowHost = {
      settled: () => this.settled && this.work.pending === 0,
      isCanonical: (hash) => this.canonOrThrow().has(hash),
      stillThere: (block) => this.blocks.stands(block),
      repair: (one, positions, again) => {
        this.care.repair(one, positions, again)
      },
      ended: () => this.ended,
    }
    this.followed = options.markets.map(({ market, strategy }) => followMarket(market, strategy, logs, options, host))
    this.markets = new Map(this.followed.map(({ indexer }) => [indexer.market.id, indexer]))
    const canon = (): Canon => this.canonOrThrow()
    const { followed, blocks } = this
    this.path = new BlockPath({
      ...{ followed, blocks, logs, logger, metrics, canon, onUpdate },
      startAgain: (one, why) => {
        this.care.startAgain(one, why)
      },
    })
    this.care = new MarketCare({
      ...{ logger, metrics, work: this.work },
      tip: () => canon().tip,
      headOf: (ref) => this.path.headOf(ref),
      tell: (indexer, head) => {
        this.path.tell(indexer, head)
      },
      ended: () => this.ended,
    })
    const writes = dataDir !== null && readOnly !== true
    this.upkeep = new Upkeep({ followed, blocks, canon, everyBlocks: checkpointEveryBlocks, writes })
  }

  /** Brings every market to one block near the head. Throws what reading throws. */
  async start(): Promise<void> {
    const { fromGenesis = false } = this.options
    for (let attempt = 1; ; attempt++) {
      const target = await startBlock(this.blocks, fromGenesis ? [] : this.followed)
      try {
        await Promise.all(this.followed.map(({ indexer }) => indexer.start(target)))
      } catch (error) {
        // a reorg while the first blocks were read: begin again above it
        if (attempt < 5 && error instanceof KeeperError && error.code === 'reorg') continue
        throw error
      }
      for (const one of this.followed) one.joined = true
      this.canon = new Canon(target)
      await this.upkeep.begin(target.number)
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
    if (finished) await this.upkeep.checkpoint()
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

  /** Alarms of the audits, one sentence each. */
  auditNotes(): readonly string[] {
    return this.followed.flatMap(({ audit }) => audit?.note ?? [])
  }

  /** Prices that another endpoint reads otherwise at the same block, until an audit finds them equal; or null. */
  priceNote(): string | null {
    return this.followed.map(({ audit }) => audit?.priceNote ?? null).find((note) => note !== null) ?? null
  }

  private async handle(change: HeadChange): Promise<void> {
    this.settled = false
    const { ready, head } = await this.path.handle(change)
    // what the hot path does not wait for; failures are logged and come again with the next block
    for (const one of ready) {
      try {
        if (await one.indexer.maintain()) this.path.tell(one.indexer, head)
      } catch (error) {
        this.options.logger.warn('market', { market: one.indexer.market.id, notRefreshed: messageOf(error) })
      }
      one.audit?.afterBlock()
    }
    this.settled = true
    await this.upkeep.afterBlock(head)
  }

  private canonOrThrow(): Canon {
    if (!this.canon) throw new KeeperError('not-started', 'the indexer was not started')
    return this.canon
  }
}
