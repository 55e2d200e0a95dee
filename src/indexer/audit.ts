import { setTimeout as sleep } from 'node:timers/promises'
import type { BlockRef, Reader } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import type { PositionId } from '../domain/market.js'
import type { Logger, Metrics } from '../domain/ports.js'
import type { Feed, FeedId } from '../domain/prices.js'
import type { ChainSolvency, Solvency, SolvencyReading } from '../domain/strategy.js'
import { protocolAnswer } from '../oracle/resolve.js'
import { AuditSample } from './audit-sample.js'
import type { Replica } from './replica.js'

export interface AuditOptions {
  /** Positions per block of the rotating sample; candidates come on top. */
  readonly sample: number
  /** Most candidates per block. */
  readonly candidates: number
  /** Differences within an hour above which an alarm is raised. */
  readonly maxPerHour?: number
}

export interface AuditFinding {
  readonly compared: number
  readonly positions: readonly PositionId[]
  readonly feeds: readonly FeedId[]
}

interface Expected {
  readonly position: PositionId
  readonly ours: Solvency
}

interface Difference extends Expected {
  readonly chain: ChainSolvency
}

interface Expectation {
  readonly expected: readonly Expected[]
  readonly prices: ReadonlyMap<FeedId, bigint>
  readonly asked: readonly Feed[]
}

interface Comparison {
  readonly different: readonly Difference[]
  readonly feeds: readonly FeedId[]
}

/** A difference counts when it is there twice, this long apart. */
const SECOND_LOOK_MS = 200

/**
 * Compares the replica with the contract, off the hot path: what is expected is computed at once, while the replica
 * stands at the block; the contract's own reading of the same block comes later, by one multicall.
 */
export class Audit {
  readonly sample: AuditSample

  constructor(
    private readonly market: string,
    options: AuditOptions,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {
    this.sample = new AuditSample(options, (count) => this.skipped('too-many', count))
  }

  /**
   * Audits the block at which `replica` stands; `reader` must read that very block, by its hash. `stillThere` is asked
   * and the contract read a second time before a difference is believed: some nodes (anvil) look a hash up first and read
   * the state later, and may have changed their mind in between. Throws what reading throws, and `KeeperError('reorg')` then.
   */
  async run(replica: Replica, reader: Reader, stillThere: () => Promise<boolean>): Promise<AuditFinding> {
    const { tip, strategy, book } = replica
    const expected = strategy.reading ? this.expected(replica) : []
    const prices = book.values(tip.timestamp)
    // a price that differed is asked for from then on: the second look finds it among those
    const compare = () => this.compare(replica, reader, tip, { expected, prices, asked: book.askedAt(tip.timestamp) })
    let { different, feeds } = await compare()
    if (different.length + feeds.length > 0) {
      // a node in the middle of a reorg may answer from the state of another block while it still knows this one
      await sleep(SECOND_LOOK_MS)
      const again = await compare()
      const stands = await stillThere()
      if (!stands) throw new KeeperError('reorg', `block ${tip.number} was reorged while it was audited`)
      different = different.filter(({ position }) => again.different.some((one) => one.position === position))
      feeds = feeds.filter((feed) => again.feeds.includes(feed))
    }
    for (const one of different) this.tell(one, tip.number)
    for (const feed of feeds) this.logger.warn('audit', { market: this.market, priceDiffers: feed, block: tip.number })
    this.metrics.count('audit_checked', { market: this.market }, expected.length)
    if (feeds.length > 0) this.metrics.count('audit_price_differences', { market: this.market }, feeds.length)
    return { compared: expected.length, positions: different.map(({ position }) => position), feeds }
  }

  /** One reading of the contract beside what is expected; `no-answer` is counted. */
  private async compare(
    replica: Replica,
    reader: Reader,
    tip: BlockRef,
    expectation: Expectation,
  ): Promise<Comparison> {
    const { reading } = replica.strategy
    const { expected, prices, asked } = expectation
    const [followed, answers, opaque] = await Promise.all([
      replica.book.check(reader, tip, prices),
      reading
        ? reader.calls(
            expected.map(({ position }) => reading.request(replica.state.market, position)),
            tip.number,
          )
        : [],
      reader.calls(
        asked.map((feed) => feed.read),
        tip.number,
      ),
    ])
    const moved = asked.filter(({ id }, i) => protocolAnswer(opaque[i]) !== prices.get(id)).map(({ id }) => id)
    const different = expected.flatMap(({ position, ours }, i): Difference[] => {
      const answer = answers[i]
      const chain = reading && answer?.ok ? decode(reading, answer.data) : null
      if (!chain) this.skipped('no-answer')
      return !chain || isSame(ours, chain) ? [] : [{ position, ours, chain }]
    })
    return { different, feeds: [...followed, ...moved] }
  }

  /** Counts what should have been compared and was not. */
  skipped(why: 'too-many' | 'busy' | 'reorg' | 'undecided' | 'no-answer', count = 1): void {
    this.metrics.count('audit_skipped', { market: this.market, why }, count)
  }

  private expected(replica: Replica): Expected[] {
    const { strategy, state, book, tip } = replica
    const at = book.view(tip.number, tip.timestamp)
    return this.sample.take(strategy.positions(state)).flatMap((position) => {
      const ours = solvencyOf(() => strategy.solvency(state, position, at))
      if (!ours) this.skipped('undecided')
      return ours ? [{ position, ours }] : []
    })
  }

  private tell({ position, ours, chain }: Difference, block: number): void {
    this.metrics.count('audit_differences', { market: this.market })
    const delta = (figure: Figure): string | undefined =>
      chain[figure] === undefined ? undefined : String((ours[figure] ?? 0n) - chain[figure])
    this.logger.warn('audit', {
      market: this.market,
      position,
      block,
      healthFactor: String(ours.healthFactor),
      chainHealthFactor: chain.healthFactor === undefined ? undefined : String(chain.healthFactor),
      collateralBaseDelta: delta('collateralBase'),
      debtBaseDelta: delta('debtBase'),
      rawDelta: delta('raw'),
      next: 'the position is read again from the chain',
    })
  }
}

type Figure = keyof ChainSolvency
const FIGURES: readonly Figure[] = ['healthFactor', 'collateralBase', 'debtBase', 'raw']

const isSame = (ours: Solvency, chain: ChainSolvency): boolean =>
  FIGURES.every((figure) => chain[figure] === undefined || ours[figure] === chain[figure])

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
