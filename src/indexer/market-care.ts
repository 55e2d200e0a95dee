import type PQueue from 'p-queue'
import type { Canon } from '../chain/canon.js'
import type { ChainReader } from '../chain/reader.js'
import type { BlockRef, Head } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { PositionId } from '../domain/market.js'
import type { Logger, Metrics } from '../domain/ports.js'
import type { Audit } from './audit.js'
import type { MarketIndexer } from './market-indexer.js'

export interface Followed {
  readonly indexer: MarketIndexer
  readonly audit: Audit | null
  /** False while it is read anew in the background; the other markets go on. */
  joined: boolean
  snapshotAtMs: number
}

/** What the care of markets needs of the chain's indexer. */
export interface CareHost {
  readonly reader: ChainReader
  readonly logger: Logger
  readonly metrics: Metrics
  /** What changes replicas runs in it, one after another. */
  readonly work: PQueue
  canon(): Canon
  headOf(ref: BlockRef): Promise<Head>
  tell(indexer: MarketIndexer, head: Head): void
  ended(): boolean
}

const RETRY_START_MS = 2_000
const SNAPSHOT_PAUSE_MS = 600_000

/** Keeps markets right beside the path of new heads: audit, repair of positions, and a new start as the last resort. */
export class MarketCare {
  constructor(private readonly host: CareHost) {}

  /** Compares the market with the contract at its tip; what differs is read again. Returns at once. */
  auditLater(one: Followed, audit: Audit): void {
    const { replica } = one.indexer
    const { hash } = replica.tip
    const stillCanonical = (): boolean => one.joined && this.host.canon().has(hash)
    void audit.run(replica, this.host.reader.pinnedTo(replica.tip), stillCanonical).then((finding) => {
      if (finding && finding.positions.length > 0 && !this.host.ended()) this.resyncLater(one, finding.positions)
    })
  }

  private resyncLater(one: Followed, positions: readonly PositionId[]): void {
    const task = async (): Promise<void> => {
      const tip = this.host.canon().tip
      const head = await this.host.headOf(tip)
      if (await one.indexer.resync(positions)) this.host.tell(one.indexer, head)
      else await this.snapshotAgain(one)
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
        await one.indexer.start(this.host.canon().tip)
        one.joined = true
      } catch (error) {
        this.host.logger.warn('market', { market, notStarted: messageOf(error) })
        setTimeout(() => void attempt(), RETRY_START_MS).unref()
      }
    }
    // after the present change was accepted: its blocks are the ones to start from
    setTimeout(() => void attempt(), 0)
  }
}
