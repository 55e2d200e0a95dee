import type { PositionId } from '../domain/market.js'
import type { CertainWeights } from '../domain/weights.js'
import type { MarketScan } from './market-scan.js'
import type { PositionIds } from './position-ids.js'
import type { Hits } from './scan-host.js'

export interface ScanResult {
  /** Positions that may be liquidatable; the exact figures decide. Written out when asked for. */
  readonly candidates: readonly PositionId[]
  /** How many candidates there are. */
  readonly found: number
  /** Positions in the market's index. */
  readonly scanned: number
  readonly how: Hits['how']
  /** Rows looked at, and how far the weights had moved from the reference epoch's (Infinity: every row). */
  readonly rows: number
  readonly rho: number
  /** Time of the answer in seconds. */
  readonly seconds: number
  /** True when `candidates[index]` is liquidatable beyond any rounding: no bigint is needed to know it. */
  isCertain(index: number): boolean
}

/** One market's rows and the names of its positions. */
export interface NamedMarket {
  readonly scan: MarketScan
  readonly ids: PositionIds
}

/** Hits as an answer. Texts of positions and the inward weights are made when somebody asks for them. */
export class Answer implements ScanResult {
  readonly found: number
  readonly scanned: number
  private named: readonly PositionId[] | null = null
  private inward: CertainWeights | undefined
  private asked = false

  constructor(
    private readonly market: NamedMarket,
    private readonly hits: Hits,
    readonly seconds: number,
    private readonly inwardWeights: () => CertainWeights | undefined,
  ) {
    this.found = hits.ids.length
    this.scanned = market.scan.rows.size
  }

  get candidates(): readonly PositionId[] {
    return (this.named ??= Array.from(this.hits.ids, (id) => this.market.ids.position(id)))
  }

  get how(): Hits['how'] {
    return this.hits.how
  }

  get rows(): number {
    return this.hits.rows
  }

  get rho(): number {
    return this.hits.rho
  }

  isCertain(index: number): boolean {
    if (!this.asked) this.inward = this.inwardWeights()
    this.asked = true
    return this.market.scan.isCertain(this.hits.ids[index] ?? -1, this.inward)
  }
}
