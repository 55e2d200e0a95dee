import { Blocks } from '../chain/blocks.js'
import { toRef } from '../chain/canon.js'
import type { ChainReader } from '../chain/reader.js'
import type { RpcClient } from '../chain/rpc-client.js'
import type { BlockRef, RawLog } from '../domain/chain.js'
import { KeeperError, messageOf } from '../domain/errors.js'
import type { Market } from '../domain/market.js'
import type { Logger, Metrics } from '../domain/ports.js'
import type { LiquidationStrategy, MarketState } from '../domain/strategy.js'
import type { CheckpointStore } from './checkpoint.js'
import { feedLogs } from './log-feed.js'
import type { Effect, Replica } from './replica.js'

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

/** Blocks taken as one undoable step while catching up. */
const SEGMENT_BLOCKS = 50_000

/** The long reads of one market: from nothing or a checkpoint to a block near the head. Every method throws what reading throws. */
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

  /** The newest usable checkpoint, the start of a full replay, or a snapshot at `target`. */
  async origin(target: BlockRef): Promise<{ state: MarketState; base: BlockRef; from: string }> {
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
    const state = await this.strategy.snapshot(reader.untimed().pinnedTo(target), this.market, target, (done, of) => {
      progress({ market: id, step: 'snapshot', done, of })
    })
    return { state, base: target, from: 'snapshot' }
  }

  /** Reads what events do not tell, at the tip, and examines price sources in doubt. */
  async complete(replica: Replica, effect: Effect): Promise<void> {
    const { strategy, state, book, tip } = replica
    const reader = this.context.reader.pinnedTo(tip)
    if (strategy.refresh && (strategy.stale?.(state) ?? true)) {
      replica.adopt(await strategy.refresh(reader, state, tip), effect)
      // a price that was never read must not be seen as zero, whatever fails next
      replica.extend(await book.refreshOpaque(reader, tip.number), effect)
    }
    if (book.doubtful.length === 0) return
    await book.resolve(reader, tip.number)
    replica.refreshFilters()
  }

  /** Reads and reduces the blocks after the tip up to `to`, in long ranges; what was finished stays when it throws. */
  async catchUp(replica: Replica, to: BlockRef, effect: Effect): Promise<void> {
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
        await feedLogs(replica, withoutTwins(logs), (filter) => reader.logs(filter, from, end), effect)
      } catch (error) {
        replica.abandon(effect)
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

  /** Throws `KeeperError('reorg')` when `block` is no longer in the chain. */
  async mustBeCanonical(block: BlockRef): Promise<void> {
    if (await this.isCanonical(block)) return
    throw new KeeperError('reorg', `block ${block.number} was reorged while ${this.market.id} was read up to it`)
  }
}

/** Two filters may both want a log. */
const withoutTwins = (sorted: readonly RawLog[]): RawLog[] =>
  sorted.filter(({ blockNumber, logIndex }, i) => {
    const before = sorted[i - 1]
    return before?.blockNumber !== blockNumber || before.logIndex !== logIndex
  })
