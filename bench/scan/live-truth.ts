import { Ledger } from './ledger.js'
import type { BenchMarket } from './market.js'
import type { Population } from './population.js'
import { type StreamEvent, applyToMarket } from './stream.js'

/** What the scanner said after one event, as position numbers. */
export interface Said {
  readonly event: StreamEvent
  readonly certain: readonly number[]
  readonly undecided: readonly number[]
}

/**
 * Replays the stream on a market as it was at its start, kept apart from the scanner, and holds every answer against the
 * exact truth of that moment. Returns how many were missed; throws for who was wrongly certain.
 */
export function missedIn(
  said: readonly Said[],
  market: BenchMarket,
  people: Population,
  progress: (done: number) => void,
): number {
  const ledger = new Ledger(market, people)
  let missed = 0
  for (const [i, { event, certain, undecided }] of said.entries()) {
    progress(i)
    applyToMarket(market, event)
    for (const { position, entries } of event.rows) ledger.set(position, entries)
    const truth = new Set(ledger.belowOne())
    for (const position of certain)
      if (!truth.delete(position))
        throw new Error(`position ${position} is not below one, but the scan is certain that it is`)
    for (const position of undecided) truth.delete(position)
    missed += truth.size
  }
  return missed
}
