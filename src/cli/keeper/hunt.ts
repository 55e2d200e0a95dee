import type { Head } from '../../domain/chain.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import { refuse, type Refusal } from '../../domain/refusal.js'
import type { Submitter } from '../../execution/submitter.js'
import type { ChainConfig } from '../../config/market-file.js'
import type { Settings } from '../../config/settings.js'
import type { Backstop, LeftOver } from './backstop.js'
import type { Deciding } from './deciding.js'
import { horizonOf } from './horizon.js'
import type { Liquidatable, MarketWatch } from './market-watch.js'
import { endsWithin, outcomePatienceMs } from './patience.js'
import type { Quoting } from './quoting.js'
import type { RefusalBook } from './refusal-book.js'
import { placeOf } from './suspects.js'

export interface HuntOptions {
  readonly chain: ChainConfig
  readonly settings: Settings
  readonly submitter: Submitter
  readonly quoting: Quoting
  readonly deciding: Deciding
  readonly refusals: RefusalBook
  /** What completes what does not pay; null in profit mode. */
  readonly backstop: Backstop | null
  /** When the head was first seen, before its logs were read; null when that is not known any more. */
  readonly receivedAtMs: (head: Head) => number | null
  /** Works through this head once more, if it still is the newest. */
  readonly lookAgain: (head: Head) => void
  readonly logger: Logger
  readonly metrics: Metrics
}

/** One block's decisions: what every market offers, what of it pays, and what is sent. */
export class Hunt {
  /** Liquidatable in the block before: told once, not in every block. */
  private known: ReadonlySet<string> = new Set()
  /** Hash of the head at which outcomes were read last. */
  private outcomesAt = ''
  private left: LeftOver | null = null
  /** True while a block's last step is not over. */
  private completing = false

  constructor(private readonly options: HuntOptions) {}

  /**
   * Looks at `watches`, decides, offers. Returns how many positions were liquidatable. Waits for no read longer than its
   * patience: the next block is waiting. Rejects when pools cannot be read in time.
   */
  async at(head: Head, watches: readonly MarketWatch[]): Promise<number> {
    const { chain, settings, submitter, quoting, deciding, refusals, backstop, receivedAtMs } = this.options
    const outcomesRead = submitter.onHead(head, receivedAtMs(head) ?? undefined).then((read) => {
      if (read) this.outcomesAt = head.hash
      return read
    })
    const opinions = watches.map((watch) => watch.look(head, horizonOf(head, chain, settings)))
    const found = opinions.flatMap((opinion) => opinion.liquidatable)
    this.left = null
    this.tell(found)
    if (found.length === 0) {
      refusals.keep([], head)
      return 0
    }
    const counted = submitter.dryRunCounted()
    const open = found.filter((one) => !counted.has(placeOf(one)))
    const quoted = await quoting.quote(open, { head, watches, opinions })
    const objection = (await this.outcomesKnown(outcomesRead, head)) ? null : UNKNOWN_OUTCOMES
    const said = await deciding.decide(quoted, head, { behind: null, objection })
    if (backstop === null) refusals.keep(said, head)
    else this.left = { found: open, watches, quoted, said, objection }
    return found.length
  }

  /**
   * Backstop mode, behind everything of the block that pays: completes what `at` left over. Waits no longer than for outcomes: a
   * node that is slow to estimate must not hold up the next block, where nothing more is offered for this one. Never rejects.
   */
  async complete(head: Head): Promise<void> {
    const { chain, backstop, refusals } = this.options
    const { left } = this
    this.left = null
    if (backstop === null || left === null) return
    if (this.completing) {
      refusals.keep(left.said, head)
      return
    }
    this.completing = true
    const done = backstop.at(left, head).then((said) => {
      this.completing = false
      refusals.keep(said, head)
    })
    await endsWithin(done, outcomePatienceMs(chain))
  }

  /** Liquidatable at the prices that have landed, as of the last block. */
  isKnown(place: string): boolean {
    return this.known.has(place)
  }

  /** Why nothing may be offered at this head yet, or null: what became of what is in flight must have been read at it. */
  objection(head: Head): Refusal | null {
    return this.outcomesAt === head.hash || this.options.submitter.inFlight().length === 0 ? null : UNKNOWN_OUTCOMES
  }

  /**
   * Whether it is known what became of what is in flight: it may have landed in this very block, and refreshing it would be
   * for a nonce that is gone. A node that keeps this to itself holds up the offers, never the scan.
   */
  private async outcomesKnown(outcomesRead: Promise<boolean>, head: Head): Promise<boolean> {
    const { chain, submitter, metrics, lookAgain } = this.options
    if (submitter.inFlight().length === 0) return true
    if (!(await endsWithin(outcomesRead, outcomePatienceMs(chain)))) {
      metrics.count('outcome_reads_late')
      void outcomesRead.then((read) => {
        if (read) lookAgain(head)
      })
      return false
    }
    // a reading that failed in time tells as little as one that does not come: the next head tries again
    return outcomesRead
  }

  private tell(found: readonly Liquidatable[]): void {
    for (const one of found) {
      if (this.known.has(placeOf(one))) continue
      const { market, position, solvency } = one
      const { healthFactor, collateralBase, debtBase } = solvency
      this.options.logger.info('candidate', { market, position, healthFactor, collateralBase, debtBase })
    }
    this.known = new Set(found.map(placeOf))
    this.options.deciding.suspects.keep(this.known)
  }
}

const UNKNOWN_OUTCOMES = refuse(
  'lane-busy',
  'the endpoints of RPC_URLS do not tell in time what became of the transaction in flight: nothing is sent behind it',
)
