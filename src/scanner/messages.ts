import type { RowBatch } from './rows.js'

/** Main thread → worker. Messages are handled in order, so a scan sees every row sent before it. */
export type ToWorker =
  | { readonly kind: 'rows'; readonly market: string; readonly batch: RowBatch }
  | { readonly kind: 'clear'; readonly market: string }
  | {
      readonly kind: 'scan'
      readonly request: number
      readonly market: string
      readonly weights: Float64Array
      readonly tolerance: number
    }

/** Worker → main thread. */
export interface ScanAnswer {
  readonly request: number
  readonly ids: Uint32Array<ArrayBuffer>
  readonly scanned: number
  readonly seconds: number
}
