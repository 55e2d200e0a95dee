import type { Reader } from '../domain/chain.js'
import { KeeperError, messageOf } from '../domain/errors.js'
import type { PositionId } from '../domain/market.js'
import type { Logger, Metrics } from '../domain/ports.js'
import type { FeedId } from '../domain/prices.js'
import type { ChainSolvency, Solvency, SolvencyReading } from '../domain/strategy.js'
import type { Replica } from './replica.js'

export interface AuditOptions {
  /** Positions per block of the rotating sample; candidates come on top. */
  readonly sample: number
  /** Most candidates per block. */
  readonly candidates: number
}

export interface AuditFinding {
  readonly positions: readonly PositionId[]
  readonly feeds: readonly FeedId[]
}

interface Expected {
  readonly position: PositionId
  readonly ours: Solvency
}

/**
 * Compares the replica with the contract, off the hot path: what is expected is computed at once, while the replica
 * stands at the block; the contract's own reading of the same block comes later, by one multicall.
 */
export class Audit {
  private queue = new Set<PositionId>()
  private rotation: Iterator<PositionId> | null = null
  private running = false

  constructor(
    private readonly market: string,
    private readonly options: AuditOptions,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  /** Positions that the next audit looks at in any case. */
  add(positions: Iterable<PositionId>): void {
    for (const position of positions) if (this.queue.size < this.options.candidates) this.queue.add(position)
  }

  /** The state was replaced: the rotation over its positions begins again. */
  restart(): void {
    this.rotation = null
  }

  /**
   * Audits the block at which `replica` stands. `stillCanonical` is asked when the answers are there: readings of a block
   * that was reorged meanwhile prove nothing. Null when one is running already, or nothing could be compared. Never throws.
   */
  async run(replica: Replica, reader: Reader, stillCanonical: () => boolean): Promise<AuditFinding | null> {
    if (this.running) return null
    this.running = true
    try {
      return await this.compare(replica, reader, stillCanonical)
    } catch (error) {
      this.metrics.count('audit_failures', { market: this.market })
      this.logger.debug('audit', { market: this.market, notRead: messageOf(error) })
      return null
    } finally {
      this.running = false
    }
  }

  private async compare(replica: Replica, reader: Reader, stillCanonical: () => boolean): Promise<AuditFinding | null> {
    const { tip, strategy, state, book } = replica
    const reading = strategy.reading
    const expected = reading ? this.expected(replica) : []
    const prices = book.values()
    const [feeds, results] = await Promise.all([
      book.check(reader, tip.number, prices),
      reading && expected.length > 0
        ? reader.calls(
            expected.map(({ position }) => reading.request(state.market, position)),
            tip.number,
          )
        : [],
    ])
    if (!stillCanonical()) return null
    const positions = expected.flatMap(({ position, ours }, i) => {
      const result = results[i]
      if (!reading || !result?.ok) return []
      return this.differs(position, ours, decode(reading, result.data), tip.number) ? [position] : []
    })
    for (const feed of feeds) this.logger.warn('audit', { market: this.market, priceDiffers: feed, block: tip.number })
    this.metrics.count('audit_checked', { market: this.market }, expected.length)
    if (feeds.length > 0) this.metrics.count('audit_price_differences', { market: this.market }, feeds.length)
    return { positions, feeds }
  }

  private expected(replica: Replica): Expected[] {
    const { strategy, state, book, tip } = replica
    const at = book.view(tip.number, tip.timestamp)
    const chosen = new Set([...this.queue, ...this.sample(replica)])
    this.queue = new Set()
    return [...chosen].flatMap((position) => {
      const ours = solvencyOf(() => strategy.solvency(state, position, at))
      return ours ? [{ position, ours }] : []
    })
  }

  private sample(replica: Replica): PositionId[] {
    const chosen: PositionId[] = []
    this.rotation ??= replica.strategy.positions(replica.state)[Symbol.iterator]()
    while (chosen.length < this.options.sample) {
      const next = this.rotation.next()
      if (next.done) {
        this.rotation = null
        break
      }
      chosen.push(next.value)
    }
    return chosen
  }

  private differs(position: PositionId, ours: Solvency, chain: ChainSolvency | null, block: number): boolean {
    if (!chain) return false
    const same =
      ours.healthFactor === chain.healthFactor &&
      ours.collateralBase === chain.collateralBase &&
      ours.debtBase === chain.debtBase
    if (same) return false
    this.metrics.count('audit_differences', { market: this.market })
    this.logger.warn('audit', {
      market: this.market,
      position,
      block,
      healthFactor: String(ours.healthFactor),
      chainHealthFactor: String(chain.healthFactor),
      collateralBaseDelta: String(ours.collateralBase - chain.collateralBase),
      debtBaseDelta: String(ours.debtBase - chain.debtBase),
      next: 'the position is read again from the chain',
    })
    return true
  }
}

/** A candidate may have left the market, or wait for being read: then there is nothing to compare. */
function solvencyOf(compute: () => Solvency): Solvency | null {
  try {
    return compute()
  } catch (error) {
    if (error instanceof KeeperError) return null
    throw error
  }
}

function decode(reading: SolvencyReading, data: `0x${string}`): ChainSolvency | null {
  try {
    return reading.decode(data)
  } catch {
    return null
  }
}
