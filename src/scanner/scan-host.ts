import type { Afterwards } from './afterwards.js'
import type { Arena } from './arena.js'
import type { Difference } from './audit.js'
import type { Collector } from './collector.js'
import type { WorkerLink } from './worker-link.js'

/** What all markets of one process share. */
export interface ScanHost {
  readonly arena: Arena
  readonly collector: Collector
  readonly worker: WorkerLink
  /** What is done when the answer is given. */
  readonly afterwards: Afterwards
  /** Markets with fewer rows are scanned whole. */
  readonly hotFrom: number
  /** Bytes of one hot copy as a share of the rows'. */
  readonly hotShare: number
  /** Whether every `scan` that the hot prefix answered is checked by a full scan in the worker. */
  readonly audits: boolean
  /** Address of the worker's weight table. */
  workerTable(wide: boolean): number
  /** The hot prefix and a full scan did not agree. */
  onDifference(market: string, difference: Difference): void
}

/** Positions that may be liquidatable, by number. */
export interface Hits {
  readonly ids: Uint32Array<ArrayBuffer>
  /** `hot`: the prefix of the hot copy was enough; `full`: every row was looked at. */
  readonly how: 'hot' | 'full'
  /** Rows looked at. */
  readonly rows: number
  /** How far the weights had moved from the reference epoch's (`Reference`); infinite where every row was looked at. */
  readonly rho: number
}

/** Bytes this market takes, by `byteLength`. */
export interface MarketMemory {
  /** Rows and the way to them: what a full scan and an update of a row touch. */
  readonly scan: number
  readonly total: number
}
