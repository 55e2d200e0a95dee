import type { SlotWeights } from '../domain/weights.js'
import { Audit } from './audit.js'
import type { HotIndex } from './hot-index.js'
import type { MarketRows } from './market-rows.js'
import type { Hits, ScanHost } from './scan-host.js'

/** What the worker does for one market: new epochs, and checks of what the hot prefix said. */
export class MarketWork {
  private audit: Audit | null = null
  /** Counts `forget`: what was planned before it is void. */
  private age = 0

  constructor(
    private readonly name: string,
    private readonly host: ScanHost,
    private readonly rows: MarketRows,
    private readonly hot: HotIndex,
  ) {}

  /** A row changed: a check that is under way need not agree on it. */
  touch(id: number): void {
    this.audit?.touch(id)
  }

  /** Drops the hot prefix and what is under way. */
  forget(): void {
    this.hot.reset()
    this.audit = null
    this.age++
  }

  /**
   * A new epoch when one is due, else a check of what the hot prefix just said. The worker gets its order when the caller
   * has its answer; rows that are written before it does are noted for the check from now on.
   */
  engage(weights: SlotWeights, hits: Hits): void {
    const { worker, hotFrom, audits, afterwards } = this.host
    if (worker.idle) this.rows.releaseRetired()
    if (this.rows.signed || this.rows.size < hotFrom || !worker.alive) return
    const { age } = this
    if (this.hot.isDue(hits.rho))
      afterwards.add(() => {
        if (this.age === age && this.hot.isDue(hits.rho)) this.renew(weights)
      })
    else if (audits && hits.how === 'hot' && this.audit === null) {
      const audit = (this.audit = new Audit(hits.ids))
      afterwards.add(() => {
        if (this.audit === audit) this.check(weights, audit)
      })
    }
  }

  private renew(weights: SlotWeights): void {
    const { copy, reference } = this.hot.begin(weights, this.rows.limit)
    const { regionAt, regionBytes, pagesAt } = copy
    const order = { limit: this.rows.limit, pages: Float64Array.from(pagesAt), regionAt, regionBytes }
    this.host.worker.epoch(
      { kind: 'epoch', ...this.order(weights), ...order, slack: reference.slack },
      ({ layout }) => {
        this.hot.finish(layout)
      },
    )
  }

  private check(weights: SlotWeights, audit: Audit): void {
    const { tolerance } = weights
    this.host.worker.audit({ kind: 'audit', ...this.order(weights), tolerance }, (answer) => {
      if (this.audit !== audit) return
      this.audit = null
      const difference = audit.compare(answer.ids)
      if (difference.missing.length + difference.extra.length === 0) return
      this.forget()
      this.host.onDifference(this.name, difference)
    })
  }

  private order({ f64 }: SlotWeights) {
    const { wide, table } = this.rows
    return { wide, spans: table.spans(), weights: f64, tableAt: this.host.workerTable(wide) }
  }
}
