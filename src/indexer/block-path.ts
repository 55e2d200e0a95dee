import type { BlockLogs } from '../chain/block-logs.js'
import type { Blocks } from '../chain/blocks.js'
import { toRef, type Canon, type HeadChange } from '../chain/canon.js'
import type { BlockRef, Head } from '../domain/chain.js'
import { KeeperError, messageOf } from '../domain/errors.js'
import type { Logger, Metrics } from '../domain/ports.js'
import type { Followed } from './followed.js'
import type { MarketChanges, MarketIndexer } from './market-indexer.js'

export interface PathHost {
  readonly followed: readonly Followed[]
  readonly blocks: Blocks
  readonly logs: BlockLogs
  readonly logger: Logger
  readonly metrics: Metrics
  canon(): Canon
  /** Reads the market from the chain again while the others go on. */
  startAgain(one: Followed, why: string): void
  onUpdate(update: MarketChanges): void
}

/** The path of a new head to the replicas: undo what was orphaned, take what was added, read prices, tell. */
export class BlockPath {
  constructor(private readonly host: PathHost) {}

  /** Brings all joined markets over `change`. Throws what reading throws; may be called again, also with another change. */
  async handle(change: HeadChange): Promise<{ readonly ready: readonly Followed[]; readonly head: Head }> {
    const { followed } = this.host
    for (const one of followed) if (one.joined) await this.rewind(one, change)
    const ready = followed.filter((one) => one.joined)
    const [first] = change.added
    if (change.jumped && first) await Promise.all(ready.map(({ indexer }) => this.jump(indexer, first)))
    for (const head of change.added) await this.takeBlock(ready, head)
    const head = change.added.at(-1) ?? (await this.headOf(change.ancestor))
    const reorg = change.removed.length > 0 || change.added.length === 0
    await Promise.all(ready.map(({ indexer }) => indexer.price(reorg)))
    for (const { indexer } of ready) this.tell(indexer, head)
    return { ready, head }
  }

  tell(indexer: MarketIndexer, head: Head): void {
    const market = indexer.market.id
    try {
      this.host.onUpdate({ market, head, ...indexer.changes() })
    } catch (error) {
      this.host.metrics.count('update_failures', { market })
      this.host.logger.error('update', { market, block: head.number, problem: messageOf(error) })
    }
  }

  async headOf(ref: BlockRef | null): Promise<Head> {
    const head = ref && (await this.host.blocks.byHash(ref.hash))
    if (!head) throw new KeeperError('rpc-gap', `block ${ref?.number ?? '?'} is not to be had from RPC_URLS`)
    return head
  }

  /** Leaves the market at a block of the new chain, or sends it back to its start. */
  private async rewind(one: Followed, { ancestor, added, jumped }: HeadChange): Promise<void> {
    const { indexer } = one
    const tip = indexer.replica.tip
    // an earlier attempt at this change got so far already
    if (added.some((head) => head.hash === tip.hash)) return
    const canon = this.host.canon()
    if (!ancestor || !indexer.rewindTo(ancestor, (ref) => canon.isOrphan(ref))) {
      this.host.startAgain(one, 'a reorg below what can be undone')
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
    const logs = await this.host.logs.read(filters, head)
    for (const { indexer } of behind) await indexer.take(head, logs)
  }
}
