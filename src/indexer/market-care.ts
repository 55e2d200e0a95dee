import type PQueue from 'p-queue'
import type { BlockRef, Head } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { PositionId } from '../domain/market.js'
import type { Logger, Metrics } from '../domain/ports.js'
import type { Followed } from './followed.js'
import type { MarketIndexer } from './market-indexer.js'

/** What the care of markets needs of the chain's indexer. */
export interface CareHost {
  readonly logger: Logger
  readonly metrics: Metrics
  /** What changes replicas runs in it, one after another. */
  readonly work: PQueue
  tip(): BlockRef
  headOf(ref: BlockRef): Promise<Head>
  tell(indexer: MarketIndexer, head: Head): void
  ended(): boolean
}

const RETRY_START_MS = 2_000
const SNAPSHOT_PAUSE_MS = 600_000

/** Puts markets right beside the path of new heads: positions read anew, and a new start as the last resort. */
export class MarketCare {
  constructor(private readonly host: CareHost) {}

  /** Reads positions again; where that is not possible, or was done and did not help, the whole market. Returns at once. */
  repair(one: Followed, positions: readonly PositionId[], again: boolean): void {
    const task = async (): Promise<void> => {
      const head = await this.host.headOf(this.host.tip())
      if (await one.indexer.resync(positions)) this.host.tell(one.indexer, head)
      else again = true
      if (again) await this.snapshotAgain(one)
    }
    this.host.work.add(task).catch((error: unknown) => {
      this.host.logger.warn('audit', { market: one.indexer.market.id, notResynced: messageOf(error) })
    })
  }

  /** The last resort against a wrong replica; not more often than the pause, whatever the audit finds. */
  private async snapshotAgain(one: Followed): Promise<void> {
    if (Date.now() - one.snapshotAtMs < SNAPSHOT_PAUSE_MS) return
    one.snapshotAtMs = Date.now()
    await one.indexer.store?.forget()
    this.startAgain(one, 'the audit found it to differ from the chain')
  }

  /** Reads the market from the chain again while the others go on. */
  startAgain(one: Followed, why: string): void {
    one.joined = false
    one.audit?.restart()
    const market = one.indexer.market.id
    this.host.metrics.count('market_restarts', { market })
    this.host.logger.warn('market', { market, startsAgain: why })
    const attempt = async (): Promise<void> => {
      if (this.host.ended()) return
      try {
        await one.indexer.start(this.host.tip())
        await this.host.work.add(() => this.join(one))
      } catch (error) {
        this.host.logger.warn('market', { market, notStarted: messageOf(error) })
        setTimeout(() => void attempt(), RETRY_START_MS).unref()
      }
    }
    // behind the change that is being handled: its blocks are the ones to start from
    const begin = (): void => void setTimeout(() => void attempt(), 0).unref()
    this.host.work.onIdle().then(begin, begin)
  }

  /** What the last blocks left to be read; where that fails the next block tries again, and stale positions are left out. */
  private async complete({ indexer }: Followed): Promise<void> {
    try {
      await indexer.maintain()
    } catch (error) {
      this.host.logger.warn('market', { market: indexer.market.id, notRefreshed: messageOf(error) })
    }
  }

  /** Back among the others, at the block where they are, and told at once: the next block may be long in coming. */
  private async join(one: Followed): Promise<void> {
    const tip = this.host.tip()
    if (one.indexer.replica.tip.number < tip.number) await one.indexer.follow(tip)
    const head = await this.host.headOf(tip)
    await this.complete(one)
    await one.indexer.price(true)
    one.joined = true
    this.host.tell(one.indexer, head)
  }
}
