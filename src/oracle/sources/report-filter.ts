import type { Address } from '../../domain/chain.js'
import type { LeafAnswer } from '../price-update.js'
import type { Reporters } from '../reporters.js'
import type { Report } from '../report.js'

/** Why a report is not passed on. */
export type Ignored = 'unknown-feed' | 'stale' | 'repeated' | 'foreign'

interface Newest {
  epochAndRound: bigint
  /** Ids of the transactions that brought this round; several oracles send it when the first one is slow. */
  carriers: string[]
}

/** Transactions of one round that are passed on; each makes a bundle of its own. */
const MOST_CARRIERS = 3

/** What one source has heard: passes on reports of feeds that matter, from those who may make them, newest rounds only. */
export class ReportFilter {
  private readonly newest = new Map<string, Newest>()

  constructor(
    private readonly aggregators: () => ReadonlySet<Address>,
    private readonly reporters: Reporters,
  ) {}

  /** `carrier`: what the source calls the transaction. A promise only while it is not yet known who may report. */
  take(report: Report, sender: Address | null, carrier: string): LeafAnswer | Ignored | Promise<LeafAnswer | Ignored> {
    if (!this.aggregators().has(report.aggregator)) return 'unknown-feed'
    const vetted = this.reporters.vet(report, sender)
    if (vetted === false) return 'foreign'
    if (vetted === true) return this.note(report, carrier)
    return vetted.then((allowed) => (allowed ? this.note(report, carrier) : 'foreign'))
  }

  /** After the sender is known: a stranger's round must not make the real ones look stale. */
  private note({ aggregator, auctioned, answer, epochAndRound }: Report, carrier: string): LeafAnswer | Ignored {
    const key = `${aggregator}:${auctioned}`
    const known = this.newest.get(key)
    if (known && epochAndRound < known.epochAndRound) return 'stale'
    if (known?.epochAndRound === epochAndRound) {
      if (known.carriers.includes(carrier) || known.carriers.length >= MOST_CARRIERS) return 'repeated'
      known.carriers.push(carrier)
    } else this.newest.set(key, { epochAndRound, carriers: [carrier] })
    return { aggregator, answer, auctioned }
  }
}
