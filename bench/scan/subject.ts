import type { FeedId } from '../../src/domain/prices.js'
import type { RowChange, SlotWeights } from '../../src/domain/weights.js'
import type { Stretch } from './memory-sums.js'

/** Who may be below one by the scanner, as position numbers, and what it took. */
export interface Answer {
  /** Untimed: the addresses turned into numbers, those that are below one whatever the roundings, and the others. */
  read(): { readonly certain: readonly number[]; readonly undecided: readonly number[] }
  /** How far the weights have moved since the reference epoch; Infinity when the answer came from a full scan. */
  readonly rho: number
  readonly rows: number
  readonly found: number
}

/** The project's scanner as the benchmark uses it: everything goes through its public interface. */
export interface Subject {
  /** Changed rows, applied at once. */
  update(rows: readonly RowChange[]): void
  /** A new block: its weights become the base of `price`. */
  block(weights: SlotWeights): Answer
  /** One price update on top of the block. */
  price(changes: ReadonlyMap<FeedId, bigint>): Answer
  /** A scan of every row on the calling thread. */
  fullScan(weights: SlotWeights): Uint32Array
  readonly memory: WebAssembly.Memory
  /** The bytes that a full scan reads, in `memory`. */
  scanSet(): Stretch[]
  /** Bytes of rows, ids and places: what scans and updates touch. */
  scanSetBytes(): number
  /** Bytes of everything the scanner holds, by `byteLength`. */
  allBytes(): number
  /** Resolves when the worker has done what it was given. */
  settled(): Promise<void>
  stop(): Promise<void>
}
