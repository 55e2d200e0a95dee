import { Blocks } from '../chain/blocks.js'
import { readBlockLogs } from '../chain/log-ranges.js'
import type { ChainReader } from '../chain/reader.js'
import type { RpcClient } from '../chain/rpc-client.js'
import type { BlockRef, Head, RawLog } from '../domain/chain.js'
import { KeeperError, messageOf } from '../domain/errors.js'
import type { Market } from '../domain/market.js'
import type { Logger, Metrics } from '../domain/ports.js'
import type { FeedId } from '../domain/prices.js'
import type { LiquidationStrategy, MarketState } from '../domain/strategy.js'
import { PriceBook } from '../oracle/price-book.js'
import { toRef } from '../chain/canon.js'
import type { CheckpointStore } from './checkpoint.js'
import { feedLogs } from './log-feed.js'
import { noEffect, Replica, type Effect } from './replica.js'

export interface MarketContext {
  readonly rpc: RpcClient
  readonly reader: ChainReader
  readonly logger: Logger
  readonly metrics: Metrics
  /** Replay every log since the deploy block instead of a snapshot. */
  readonly fromGenesis: boolean
  readonly progress: (progress: SyncProgress) => void
}

export interface SyncProgress {
  readonly market: string
  readonly step: 'snapshot' | 'logs'
  readonly done: number
  readonly of: number
}

export interface TakenBlock {
  readonly head: Head
  /** Logs of this market in the block, in order. */
  readonly logs: readonly RawLog[]
}

/** Blocks taken as one undoable step while catching up. */
const SEGMENT_BLOCKS = 50_000

/** Brings one market from nothing, or from its checkpoint, to a block, and keeps what changed until it is told. */
export class MarketIndexer {
  private current: Replica | null = null
  private readonly blocks: Blocks
  private effect: Effect = noEffect()
  private taken: TakenBlock[] = []
  private removed: BlockRef[] = []
  private told: ReadonlyMap<FeedId, bigint> = new Map()
  private replaced = false

  constructor(
    readonly market: Market,
    readonly strategy: LiquidationStrategy,
    readonly store: CheckpointStore | null,
    private readonly context: MarketContext,
  ) {
    this.blocks = new Blocks(context.rpc)
  }

  /** Null until the first `start` has ended. */
  get replicaOrNull(): Replica | null {
    return this.current
  }

  /** Throws `KeeperError('market-syncing')` until the first `start` has ended. */
  get replica(): Replica {
    if (this.current) return this.current
    throw new KeeperError('market-syncing', `${this.market.id} is still being read`, { market: this.market.id })
  }

  /**
   * Checkpoint, replay or snapshot, then everything up to `target`. Until it ends the replica of before stays in place.
   * Throws what reading throws; may be called again.
   */
  async start(target: BlockRef): Promise<void> {
    const { state, base, from } = await this.origin(target)
    const replica = new Replica(this.strategy, state, new PriceBook(this.market.id), base)
    await this.catchUp(replica, target)
    await this.complete(replica)
    await this.mustBeCanonical(target)
    this.effect = noEffect()
    this.taken = []
    this.removed = []
    this.replaced = true
    this.current = replica
    this.context.logger.info('market', { market: this.market.id, startedFrom: from, block: target.number })
  }

  /** Undoes what `ancestor` does not have. False when that is not possible: the market must start anew. */
  rewindTo(ancestor: BlockRef): boolean {
    const replica = this.replica
    const before = replica.tip
    if (!replica.rewindTo(ancestor, this.effect)) return false
    if (before.hash !== replica.tip.hash) this.removed.push(before)
    this.taken = this.taken.filter(({ head }) => head.number <= replica.tip.number)
    return true
  }

  /** Reads and reduces the blocks after the tip up to `to`, in long ranges. Throws what reading throws; may be repeated. */
  async follow(to: BlockRef): Promise<void> {
    await this.catchUp(this.replica, to)
    await this.mustBeCanonical(to)
  }

  /** Reduces one block whose parent is the tip. `logs` hold at least what this market wants of the block. */
  async take(head: Head, logs: readonly RawLog[]): Promise<void> {
    const replica = this.replica
    if (head.parentHash !== replica.tip.hash)
      throw new KeeperError(
        'replica-gap',
        `${this.market.id}: block ${head.number} does not follow ${replica.tip.number}`,
      )
    replica.open(toRef(head))
    try {
      const rpc = this.context.rpc
      const own = await feedLogs(replica, logs, (filter) => readBlockLogs(rpc, filter, head), this.effect)
      this.taken.push({ head, logs: own })
    } catch (error) {
      replica.abandon(this.effect)
      throw error
    }
  }

  /** Brings prices that no event gives to the tip. After a reorg all followed prices are compared with the chain first. */
  async price(afterReorg: boolean): Promise<void> {
    const { book, tip } = this.replica
    if (afterReorg) await book.check(this.context.reader, tip.number)
    this.replica.extend(await book.refreshOpaque(this.context.reader, tip.number), this.effect)
  }

  /** Re-reads what events do not tell and examines doubtful price sources. True when that changed something. */
  async maintain(): Promise<boolean> {
    await this.complete(this.replica)
    return this.effect.touched.size > 0 || this.effect.parameters
  }

  /** What changed since the last call. */
  changes(): Omit<MarketChanges, 'market' | 'head'> {
    const now = this.replica.book.values()
    const before = this.told
    const prices = new Map([...now].filter(([feed, value]) => before.get(feed) !== value))
    const { touched, parameters } = this.effect
    const changes = { reset: this.replaced, touched, parameters, prices, removed: this.removed, blocks: this.taken }
    this.told = now
    this.replaced = false
    this.effect = noEffect()
    this.taken = []
    this.removed = []
    return changes
  }

  /** Puts the positions right that the audit found wrong. False when the strategy cannot do so for single ones. */
  async resync(positions: readonly string[]): Promise<boolean> {
    const { state, tip } = this.replica
    if (!this.strategy.resync) return false
    this.replica.adopt(await this.strategy.resync(this.context.reader, state, positions, tip), this.effect)
    return true
  }

  /** Writes the state at the tip. Failures are logged: a disk that is full must not stop the keeper. */
  async checkpoint(finalNumber: number): Promise<void> {
    const replica = this.current
    if (!this.store || !replica) return
    const started = performance.now()
    try {
      await this.store.save({ block: replica.tip, state: this.strategy.save(replica.state) }, finalNumber)
      this.context.metrics.observe('checkpoint_seconds', (performance.now() - started) / 1000)
    } catch (error) {
      this.context.metrics.count('checkpoint_failures')
      this.context.logger.warn('checkpoint', { market: this.market.id, notWritten: messageOf(error) })
    }
  }

  private async origin(target: BlockRef): Promise<{ state: MarketState; base: BlockRef; from: string }> {
    const { fromGenesis, reader, progress } = this.context
    const { id, deployBlock } = this.market
    if (fromGenesis) {
      const base = await this.header(Math.max(deployBlock - 1, 0))
      return { state: await this.strategy.genesis(reader, this.market), base, from: 'genesis' }
    }
    for (const { block, state } of (await this.store?.load()) ?? []) {
      if (block.number > target.number || !(await this.isCanonical(block))) continue
      try {
        return {
          state: this.strategy.load(this.market, state),
          base: block,
          from: `checkpoint of block ${block.number}`,
        }
      } catch (error) {
        this.context.logger.warn('checkpoint', { market: id, notLoaded: messageOf(error), block: block.number })
      }
    }
    const state = await this.strategy.snapshot(reader.untimed(), this.market, target, (done, of) => {
      progress({ market: id, step: 'snapshot', done, of })
    })
    return { state, base: target, from: 'snapshot' }
  }

  private async complete(replica: Replica): Promise<void> {
    const { strategy, state, book, tip } = replica
    const { reader } = this.context
    if (strategy.refresh && (strategy.stale?.(state) ?? true)) {
      replica.adopt(await strategy.refresh(reader, state, tip), this.effect)
      // a price that was never read must not be seen as zero, whatever fails next
      replica.extend(await book.refreshOpaque(reader, tip.number), this.effect)
    }
    if (book.doubtful.length === 0) return
    await book.resolve(reader, tip.number)
    replica.refreshFilters()
  }

  private async catchUp(replica: Replica, to: BlockRef): Promise<void> {
    const { reader, progress } = this.context
    const first = replica.tip.number
    while (replica.tip.number < to.number) {
      const from = replica.tip.number + 1
      const end = Math.min(from + SEGMENT_BLOCKS - 1, to.number)
      const ref = end === to.number ? to : await this.header(end)
      replica.open(toRef(ref))
      try {
        const logs = (await Promise.all(replica.filters.map((filter) => reader.logs(filter, from, end)))).flat()
        logs.sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex)
        await feedLogs(replica, withoutTwins(logs), (filter) => reader.logs(filter, from, end), this.effect)
      } catch (error) {
        replica.abandon(this.effect)
        throw error
      }
      progress({ market: this.market.id, step: 'logs', done: end - first, of: to.number - first })
    }
  }

  private async header(number: number): Promise<BlockRef> {
    const head = await this.blocks.byNumber(number)
    if (!head) throw new KeeperError('rpc-gap', `block ${number} is not to be had from RPC_URLS`, { number })
    return head
  }

  private async isCanonical(block: BlockRef): Promise<boolean> {
    return (await this.blocks.byNumber(block.number))?.hash === block.hash
  }

  private async mustBeCanonical(block: BlockRef): Promise<void> {
    if (await this.isCanonical(block)) return
    throw new KeeperError('reorg', `block ${block.number} was reorged while ${this.market.id} was read up to it`)
  }
}

/** What a market's update holds; `market` and `head` are added by the chain's indexer. */
export interface MarketChanges {
  readonly market: string
  readonly head: Head
  /** The state was replaced as a whole: every row, weight and plan must be taken anew. */
  readonly reset: boolean
  readonly touched: ReadonlySet<string>
  readonly parameters: boolean
  /** New values of the prices that changed. */
  readonly prices: ReadonlyMap<FeedId, bigint>
  /** Tips that were undone. */
  readonly removed: readonly BlockRef[]
  /** Blocks that were reduced one by one, with the market's logs: outcomes and rivals' liquidations are read from them. */
  readonly blocks: readonly TakenBlock[]
}

/** Two filters may both want a log. */
const withoutTwins = (sorted: readonly RawLog[]): RawLog[] =>
  sorted.filter(({ blockNumber, logIndex }, i) => {
    const before = sorted[i - 1]
    return before?.blockNumber !== blockNumber || before.logIndex !== logIndex
  })
