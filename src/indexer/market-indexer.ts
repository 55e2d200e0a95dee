import { toRef } from '../chain/canon.js'
import type { BlockLogs } from '../chain/block-logs.js'
import type { BlockRef, Head, RawLog } from '../domain/chain.js'
import { KeeperError, messageOf } from '../domain/errors.js'
import type { Market, PositionId } from '../domain/market.js'
import type { FeedId } from '../domain/prices.js'
import type { LiquidationStrategy } from '../domain/strategy.js'
import type { CheckpointStore, ToSave } from './checkpoint.js'
import { feedLogs } from './log-feed.js'
import { MarketSync } from './market-sync.js'
import { Origins } from './origin.js'
import { noEffect, type Effect, type Replica } from './replica.js'
import { gatherText } from './saved-text.js'
import type { MarketContext as SyncContext } from './sync-context.js'

export interface TakenBlock {
  readonly head: Head
  /** Logs of this market in the block, in order. */
  readonly logs: readonly RawLog[]
}

export interface MarketContext extends SyncContext {
  readonly logs: BlockLogs
}

/** Brings one market from nothing, or from its checkpoint, to a block, and keeps what changed until it is told. */
export class MarketIndexer {
  private current: Replica | null = null
  private readonly origins: Origins
  private readonly sync: MarketSync
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
    this.origins = new Origins(market, strategy, store, context)
    this.sync = new MarketSync(market, strategy, store, context)
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
    const origin = await this.origins.find(target)
    const replica = await this.sync.bring(origin, target)
    await this.sync.mustBeCanonical(target)
    this.effect = noEffect()
    this.taken = []
    this.removed = []
    this.replaced = true
    this.current = replica
    this.context.logger.info('market', { market: this.market.id, startedFrom: origin.from, block: target.number })
  }

  /** Undoes what `ancestor` does not have; `isOrphan` says of blocks below it whether they are of another fork. False when that is not possible: the market must start anew. */
  rewindTo(ancestor: BlockRef, isOrphan: (ref: BlockRef) => boolean): boolean {
    const replica = this.replica
    const before = replica.tip
    if (!replica.rewindTo(ancestor, this.effect, isOrphan)) return false
    if (before.hash !== replica.tip.hash) this.removed.push(before)
    this.taken = this.taken.filter(({ head }) => head.number <= replica.tip.number)
    return true
  }

  /** Reads and reduces the blocks after the tip up to `to`, in long ranges. Throws what reading throws; may be repeated. */
  async follow(to: BlockRef): Promise<void> {
    await this.sync.catchUp(this.replica, to, this.effect)
    await this.sync.mustBeCanonical(to)
  }

  /** Reduces one block whose parent is the tip. `logs` hold at least what this market wants of the block. */
  async take(head: Head, logs: readonly RawLog[]): Promise<void> {
    const replica = this.replica
    if (head.parentHash !== replica.tip.hash)
      throw new KeeperError(
        'replica-gap',
        `${this.market.id}: block ${head.number} does not follow ${replica.tip.number}`,
      )
    // a block before this one left something to read, by which the logs of this one must be understood
    if (this.strategy.mustRefresh?.(replica.state)) await this.tryComplete(replica)
    replica.open(toRef(head))
    try {
      const own = await feedLogs(replica, logs, (filter) => this.context.logs.read([filter], head), this.effect)
      this.taken.push({ head, logs: own })
    } catch (error) {
      replica.abandon(this.effect)
      throw error
    }
  }

  /** What cannot be read stays stale, with the positions it touches: the market follows on without acting on them. */
  private async tryComplete(replica: Replica): Promise<void> {
    try {
      await this.sync.complete(replica, this.effect)
    } catch (error) {
      this.context.logger.warn('market', { market: this.market.id, notRefreshed: messageOf(error) })
    }
  }

  /** Brings prices that no event gives to the tip. After a reorg all followed prices are compared with the chain as well. */
  async price(afterReorg: boolean): Promise<void> {
    const { book, tip } = this.replica
    const reader = this.context.reader.pinnedTo(tip)
    this.replica.extend(await book.refreshOpaque(reader, tip), this.effect)
    if (afterReorg) await book.check(reader, tip)
  }

  /** Re-reads what events do not tell and examines doubtful price sources. True when that changed something. */
  async maintain(): Promise<boolean> {
    await this.sync.complete(this.replica, this.effect)
    return this.effect.touched.size > 0 || this.effect.parameters
  }

  /** What changed since the last call. */
  changes(): Omit<MarketChanges, 'market' | 'head'> {
    const now = this.replica.book.values(this.replica.tip.timestamp)
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
  async resync(positions: readonly PositionId[]): Promise<boolean> {
    const { state, tip } = this.replica
    if (!this.strategy.resync) return false
    const reader = this.context.reader.pinnedTo(tip)
    this.replica.adopt(await this.strategy.resync(reader, state, positions, tip), this.effect)
    return true
  }

  /** Writes the state at the tip. Failures are logged: a disk that is full must not stop the keeper. */
  async checkpoint(finalNumber: number): Promise<void> {
    const replica = this.current
    if (!this.store || !replica) return
    const started = performance.now()
    try {
      await this.store.save(await this.savedAtTip(replica), finalNumber)
      if (this.context.fromGenesis) await this.store.endReplay()
      this.context.metrics.observe('checkpoint_seconds', (performance.now() - started) / 1000)
    } catch (error) {
      this.context.metrics.count('checkpoint_failures')
      this.context.logger.warn('checkpoint', { market: this.market.id, notWritten: messageOf(error) })
    }
  }

  /** In pieces between other work; in one go when the replica moved meanwhile, so that busy chains are saved too. */
  private async savedAtTip(replica: Replica): Promise<ToSave> {
    const { version, tip, state } = replica
    const intact = (): boolean => replica.version === version
    const parts = this.strategy.saveParts?.(state)
    const text = parts ? await gatherText(parts, intact) : null
    return text ? { block: tip, state: text } : { block: replica.tip, state: this.strategy.save(state) }
  }
}

/** What a market's update holds; `market` and `head` are added by the chain's indexer. */
export interface MarketChanges {
  readonly market: string
  readonly head: Head
  /** The state was replaced as a whole: every row, weight and plan must be taken anew. */
  readonly reset: boolean
  readonly touched: ReadonlySet<PositionId>
  readonly parameters: boolean
  /** New values of the prices that changed. */
  readonly prices: ReadonlyMap<FeedId, bigint>
  /** Tips that were undone. */
  readonly removed: readonly BlockRef[]
  /** Blocks that were reduced one by one, with the market's logs: outcomes and rivals' liquidations are read from them. */
  readonly blocks: readonly TakenBlock[]
}
