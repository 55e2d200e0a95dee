import { Blocks } from '../chain/blocks.js'
import { toRef } from '../chain/canon.js'
import { unionFilter } from '../chain/log-filter.js'
import type { ChainReader } from '../chain/reader.js'
import type { BlockRef } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import type { Market } from '../domain/market.js'
import type { LiquidationStrategy } from '../domain/strategy.js'
import { PriceBook } from '../oracle/price-book.js'
import { Backfill } from './backfill.js'
import type { CheckpointStore } from './checkpoint.js'
import { feedUntil } from './log-feed.js'
import type { Origin } from './origin.js'
import { movesSources, noEffect, Replica, type Effect } from './replica.js'
import type { MarketContext } from './sync-context.js'

/** Blocks taken as one undoable step while catching up. */
const SEGMENT_BLOCKS = 50_000
const SAVE_EVERY_MS = 10_000
/** Where the chain has no final blocks to name. */
const FALLBACK_FINALITY = 64

/** The long reads of one market: from where they begin to a block near the head. Every method throws what reading throws. */
export class MarketSync {
  private readonly blocks: Blocks

  constructor(
    private readonly market: Market,
    private readonly strategy: LiquidationStrategy,
    private readonly store: CheckpointStore | null,
    private readonly context: MarketContext,
  ) {
    this.blocks = new Blocks(context.rpc)
  }

  /**
   * Brings `state` from its block to `target`: final blocks by backfill, with no way back and saved on the way; those that
   * may still be reorged as one undoable step.
   */
  async bring({ state, base }: Origin, target: BlockRef): Promise<Replica> {
    const replica = new Replica(this.strategy, state, new PriceBook(this.market.id), base)
    const final = await this.blocks.finalNumber(target.number, FALLBACK_FINALITY)
    const settled = final > base.number ? await this.backfill(replica, final, target.number) : replica
    await this.catchUp(settled, target, noEffect())
    await this.complete(settled, noEffect())
    return settled
  }

  private async backfill(replica: Replica, to: number, target: number): Promise<Replica> {
    const { reader, logger, fromGenesis, progress, readOnly, saveEveryMs = SAVE_EVERY_MS } = this.context
    const { store, strategy, market } = this
    const first = replica.tip.number
    const save = async (): Promise<void> => {
      const checkpoint = { block: replica.tip, state: strategy.save(replica.state) }
      await (fromGenesis ? store?.saveReplay(checkpoint) : store?.save(checkpoint, to))
    }
    const work = new Backfill(replica, {
      reader: reader.patient(logger),
      logger,
      header: (number) => this.blocks.required(number),
      save: store && readOnly !== true ? save : null,
      saveEveryMs,
      archive: fromGenesis,
      progress: ({ block, logs }) => {
        progress({ market: market.id, step: 'logs', done: block - first, of: target - first, logs })
      },
    })
    await work.run(to)
    if (!work.renewed) return replica
    // what runs now was verified at this start: an upgrade seen on the way is no reason to stand still
    const state = strategy.load(market, strategy.save(replica.state))
    return new Replica(strategy, state, new PriceBook(market.id), replica.tip)
  }

  /** Reads what events do not tell, at the tip, and examines price sources in doubt. */
  async complete(replica: Replica, effect: Effect): Promise<void> {
    const { strategy, state, book, tip } = replica
    const reader = this.context.reader.pinnedTo(tip)
    if (strategy.refresh && (strategy.stale?.(state) ?? true)) {
      const delta = await strategy.refresh(reader, state, tip)
      replica.adopt(delta, effect)
      // a price that was never read must not be seen as zero, whatever fails next
      if (movesSources(delta)) replica.extend(await book.refreshOpaque(reader, tip), effect)
    }
    if (book.doubtful.length === 0) return
    replica.extend(await book.resolve(reader, tip), effect)
    replica.refreshFilters()
  }

  /**
   * Reads and reduces the blocks after the tip up to `to` in undoable steps; what was finished stays when it throws. A step
   * ends with a block after which what events do not tell must be read.
   */
  async catchUp(replica: Replica, to: BlockRef, effect: Effect): Promise<void> {
    const { strategy } = this
    for (let end = to.number; replica.tip.number < to.number;) {
      const from = replica.tip.number + 1
      end = Math.min(end, from + SEGMENT_BLOCKS - 1)
      const stoppedAfter = await this.step(
        replica,
        from,
        end === to.number ? to : await this.blocks.required(end),
        effect,
      )
      if (stoppedAfter === null || stoppedAfter === end) {
        end = to.number
        if (strategy.mustRefresh?.(replica.state) && replica.tip.number < to.number)
          await this.complete(replica, effect)
      } else {
        replica.abandon(effect)
        end = stoppedAfter
      }
    }
  }

  private async step(replica: Replica, from: number, ref: BlockRef, effect: Effect): Promise<number | null> {
    const { reader, progress } = this.context
    replica.open(toRef(ref))
    try {
      const stale = this.strategy.mustRefresh?.(replica.state) ?? false
      const stop = (): boolean => !stale && (this.strategy.mustRefresh?.(replica.state) ?? false)
      const logs = await reader.logs(unionFilter(replica.filters), from, ref.number)
      const source = (filter: Parameters<ChainReader['logs']>[0]): ReturnType<ChainReader['logs']> =>
        reader.logs(filter, from, ref.number)
      const { stoppedAfter } = await feedUntil(replica, logs, source, effect, stop)
      progress({ market: this.market.id, step: 'logs', done: ref.number - from + 1, of: ref.number - from + 1 })
      return stoppedAfter
    } catch (error) {
      replica.abandon(effect)
      throw error
    }
  }

  /** Throws `KeeperError('reorg')` when `block` is no longer in the chain. */
  async mustBeCanonical(block: BlockRef): Promise<void> {
    if (await this.blocks.stands(block)) return
    throw new KeeperError('reorg', `block ${block.number} was reorged while ${this.market.id} was read up to it`)
  }
}
