/** Main thread → worker. Orders are handled in turn; rows are read from the shared memory as they are then. */
export type Order = EpochOrder | AuditOrder

interface OrderBase {
  readonly request: number
  readonly wide: boolean
  /** Written parts of the market's chunks, see `readSpans`. */
  readonly spans: Float64Array<ArrayBuffer>
  readonly weights: Float64Array
  /** Address of a weight table that the worker may fill. */
  readonly tableAt: number
}

/** Copy the rows with the lowest reference health factors, in their order, to the region. */
export interface EpochOrder extends OrderBase {
  readonly kind: 'epoch'
  readonly slack: number
  /** Only ids below it have a page. */
  readonly limit: number
  /** Addresses of the pages of the copy's id → place column. */
  readonly pages: Float64Array<ArrayBuffer>
  readonly regionAt: number
  readonly regionBytes: number
}

/** Scan all rows. */
export interface AuditOrder extends OrderBase {
  readonly kind: 'audit'
  readonly tolerance: number
}

/** Worker → main thread. */
export type Answer = EpochAnswer | AuditAnswer

/** How a hot copy is laid out: per bucket where it starts, how many rows it has, and how many of them up to each bin. */
export interface HotLayout {
  /** The last bin that fitted; −1 when not even the first did. */
  readonly lastBin: number
  readonly startAt: Float64Array<ArrayBuffer>
  readonly blocks: Uint32Array<ArrayBuffer>
  /** ends[bin · buckets + bucket]: what one query needs lies in one cache line. */
  readonly ends: Uint32Array<ArrayBuffer>
}

export interface EpochAnswer {
  readonly kind: 'epoch'
  readonly request: number
  readonly layout: HotLayout
  readonly seconds: number
}

export interface AuditAnswer {
  readonly kind: 'audit'
  readonly request: number
  readonly ids: Uint32Array<ArrayBuffer>
  readonly seconds: number
}

/** What the worker is started with. */
export interface WorkerStart {
  readonly memory: WebAssembly.Memory
  /** Null: the plain kernel. */
  readonly kernels: WebAssembly.Module | null
  readonly outAt: number
}
