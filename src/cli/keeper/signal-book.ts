import type { Head } from '../../domain/chain.js'
import type { LeafId, LeafState } from '../../oracle/tree.js'
import type { PriceSignal } from '../../oracle/source.js'

/** Blocks after which a report that has not landed is believed to be lost. */
const LASTS_BLOCKS = 5
/** Signals that are remembered, so that a channel that repeats itself is heard once. */
const MOST_KNOWN = 4_096

/** What is known of an aggregator now, wherever it is followed; undefined where it is not. */
export type LeafOf = (aggregator: LeafId) => LeafState | undefined

interface Open {
  readonly signal: PriceSignal
  /** The aggregators as they were when it came: another state means that a round has landed since, this one or a newer. */
  readonly before: readonly (LeafState | undefined)[]
  readonly fromBlock: number
}

/**
 * Reports that somebody has told us of and that have not landed yet. One is news once; it stays open, to be offered at
 * every block, until a round of one of its aggregators lands or it has waited for too long.
 */
export class SignalBook {
  private readonly known = new Set<string>()
  private open: Open[] = []

  constructor(private readonly leafOf: LeafOf) {}

  /** Takes a signal that came while `head` was the newest. False when it is no news: heard before, or of nothing we follow. */
  take(signal: PriceSignal, head: Head): boolean {
    const key = keyOf(signal)
    if (this.known.has(key)) return false
    const before = signal.answers.map(({ aggregator }) => this.leafOf(aggregator))
    if (before.every((leaf) => leaf === undefined)) return false
    if (this.known.size >= MOST_KNOWN) this.known.clear()
    this.known.add(key)
    this.open.push({ signal, before, fromBlock: head.number })
    return true
  }

  /** What is still to come after `head`. */
  at(head: Head): readonly PriceSignal[] {
    this.open = this.open.filter((one) => head.number < one.fromBlock + LASTS_BLOCKS && !this.hasLanded(one))
    return this.open.map(({ signal }) => signal)
  }

  private hasLanded({ signal, before }: Open): boolean {
    return signal.answers.some(({ aggregator }, i) => this.leafOf(aggregator) !== before[i])
  }
}

/** The transaction names the report; without one, what it says. */
function keyOf({ behind, answers }: PriceSignal): string {
  if (behind !== null) return behind.kind === 'hint' ? behind.id : behind.hash
  return answers.map(({ aggregator, answer, auctioned }) => `${aggregator} ${answer} ${String(auctioned)}`).join()
}
