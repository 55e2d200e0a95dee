import type { Behind } from '../domain/opportunity.js'
import type { LeafAnswer } from './price-update.js'

/** Where news of a price came from: a landed round, a `transmit` in the public mempool, a hint of an order-flow auction. */
export type Channel = 'round' | 'transmit' | 'hint'

/** Aggregators' answers that somebody has told us of, landed or on their way. */
export interface PriceSignal {
  readonly channel: Channel
  readonly answers: readonly LeafAnswer[]
  /** The transaction that brings the answers and that ours must follow; null where they have landed. */
  readonly behind: Behind | null
  /** `Date.now()` when the first byte of it was read. */
  readonly seenAtMs: number
}

/**
 * One channel of price news. Start and stop are all there is: what it hears goes to the sink, in the turn in which it was
 * heard. To add a channel: a file that implements this, its settings, and an entry in the composition.
 */
export interface PriceUpdateSource {
  readonly name: string
  /** Rejects with a `KeeperError` or `SettingsError` when it cannot work at all; a lost connection is its own to mend. */
  start(sink: (signal: PriceSignal) => void): Promise<void>
  stop(): Promise<void>
}
