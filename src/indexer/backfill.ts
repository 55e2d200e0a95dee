import { unionFilter } from '../chain/log-filter.js'
import type { LogPart } from '../chain/log-ranges.js'
import type { ChainReader } from '../chain/reader.js'
import type { BlockRef, RawLog } from '../domain/chain.js'
import { KeeperError, messageOf } from '../domain/errors.js'
import type { Logger } from '../domain/ports.js'
import { feedUntil } from './log-feed.js'
import { noEffect, type Replica } from './replica.js'

export interface BackfillContext {
  readonly reader: ChainReader
  readonly logger: Logger
  /** The header of a block by its number. */
  header(number: number): Promise<BlockRef>
  /** Writes the state at the replica's tip; null: the work is lost when the process ends. */
  readonly save: (() => Promise<void>) | null
  /** Least time between two saves; a state that takes long to write is written more rarely. */
  readonly saveEveryMs: number
  /** The node must have the state of old blocks: what no event tells is then read where it changed, not at the end. */
  readonly archive: boolean
  readonly progress: (done: { readonly block: number; readonly logs: number }) => void
}

/** At most this share of the time goes into saves. */
const SAVE_SHARE = 0.05

/**
 * Reduces the logs of final blocks, from the one after the replica's tip up to `to`: ranges are read ahead, several at a
 * time, and reduced in order; no way back is kept. What it saves is the state at the end of a range together with that
 * block, so that a process killed anywhere goes on from there without gap or double.
 */
export class Backfill {
  private savedAtMs = performance.now()
  private saveMs = 0
  private logs = 0
  private refreshable = true
  /** Something was read anew on the way: new code, new reserves. */
  renewed = false

  constructor(
    private readonly replica: Replica,
    private readonly context: BackfillContext,
  ) {}

  /** Throws what reading throws; the replica is then of no further use, the last save is. */
  async run(to: number): Promise<void> {
    for (let next = this.replica.tip.number + 1; next <= to;) next = await this.stretch(next, to)
    if (this.replica.tip.number < to) this.replica.settle(await this.context.header(to))
  }

  /** As far as one set of filters reaches; the first block that is still to be read. */
  private async stretch(from: number, to: number): Promise<number> {
    const { replica, context } = this
    const { filters } = replica
    for await (const part of context.reader.logParts(unionFilter(filters), from, to)) {
      const stoppedAfter = await this.reduce(part, () => replica.filters !== filters)
      this.logs += part.logs.length
      const done = stoppedAfter ?? part.to
      context.progress({ block: done, logs: this.logs })
      await this.saveWhenDue(done)
      // what was read ahead was read for filters that no longer hold
      if (stoppedAfter !== null || replica.filters !== filters) return done + 1
    }
    return to + 1
  }

  /** Null when the whole part was reduced, or the block after which the chain must be asked with new filters. */
  private async reduce(part: LogPart, filtersChanged: () => boolean): Promise<number | null> {
    const { replica, context } = this
    const { strategy, state } = replica
    const source = (filter: Parameters<ChainReader['logs']>[0]): Promise<RawLog[]> =>
      context.reader.logs(filter, part.from, part.to)
    const stop = (): boolean => this.refreshable && (strategy.mustRefresh?.(state) ?? false)
    for (let { logs } = part; ;) {
      const { stoppedAfter } = await feedUntil(replica, logs, source, noEffect(), stop)
      if (stoppedAfter === null) return null
      await this.refresh(stoppedAfter)
      if (filtersChanged()) return stoppedAfter
      logs = logs.filter((log) => log.blockNumber > stoppedAfter)
    }
  }

  /** What no event tells is read as of the block that changed it. */
  private async refresh(number: number): Promise<void> {
    const { replica, context } = this
    const { strategy, state } = replica
    if (!strategy.refresh) return
    const block = await context.header(number)
    try {
      replica.adopt(await strategy.refresh(context.reader.pinnedTo(block), state, block), noEffect())
      this.renewed = true
    } catch (error) {
      if (context.archive) throw needsArchive(number, error)
      // what is stale stays so and is read at the end, with everybody who moved a balance since
      context.logger.info('backfill', { readLater: number, because: messageOf(error) })
      this.refreshable = false
    }
  }

  private async saveWhenDue(number: number): Promise<void> {
    const { save, saveEveryMs } = this.context
    const started = performance.now()
    if (!save || started - this.savedAtMs < Math.max(saveEveryMs, this.saveMs / SAVE_SHARE)) return
    this.replica.settle(await this.context.header(number))
    await save()
    this.savedAtMs = performance.now()
    this.saveMs = this.savedAtMs - started
  }
}

function needsArchive(number: number, cause: unknown): KeeperError {
  const message = `a replay from genesis needs a node with the state of block ${number}: ${messageOf(cause)}; use an archive endpoint in RPC_URLS, or leave out --from-genesis`
  return new KeeperError('backfill-archive', message, { number }, { cause })
}
