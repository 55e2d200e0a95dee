import type { KeeperError } from '../domain/errors.js'
import type { PositionId } from '../domain/market.js'
import type { PriceUpdate } from '../domain/prices.js'
import type { RowChange, Slot, SlotWeights } from '../domain/weights.js'
import { Afterwards } from './afterwards.js'
import { Arena } from './arena.js'
import { Collector, OUT_BYTES } from './collector.js'
import { JsKernel } from './js-kernel.js'
import { KeepWarm } from './keep-warm.js'
import type { Kernel } from './kernel.js'
import { tableLength } from './layout.js'
import { MarketScan } from './market-scan.js'
import { BATCH, PositionIds } from './position-ids.js'
import type { Hits, MarketMemory, ScanHost } from './scan-host.js'
import { Answer, type NamedMarket, type ScanResult } from './scan-result.js'
import { WorkerLink } from './worker-link.js'
import { WasmKernel, loadKernels } from './wasm-kernel.js'
import { MOST_ENTRIES } from './widths.js'

const NO_ENTRIES: RowChange['entries'] = []

export interface ScannerOptions {
  /** `js` chooses the plain kernel; otherwise WebAssembly SIMD where the machine has it. */
  readonly kernel?: 'wasm-simd' | 'js'
  /** The hot prefix pays from so many rows in a market on (default 1,000). */
  readonly hotFrom?: number
  /** Memory of one of the two hot copies as a share of the rows' (default a quarter). */
  readonly hotShare?: number
  /** Check every answer of the hot prefix by a full scan in the worker (default true). */
  readonly audits?: boolean
  /** How often the hot prefix is asked between questions, so that the next finds it in the caches (default 4 ms; 0: never). */
  readonly warmEveryMs?: number
  /** An order to the worker that takes longer counts as its death (default 30 s). */
  readonly deadlineMs?: number
  /** The hot prefix and a full scan named different positions of `market`. The hot prefix was dropped. */
  readonly onDifference?: (market: string, missing: readonly PositionId[], extra: readonly PositionId[]) => void
}

/**
 * The scanner of all markets of one process: rows go in, candidates come out at once, on the calling thread. Nothing here
 * waits for the chain or for another thread.
 */
export class Scanner {
  readonly kernel: Kernel
  private readonly arena = new Arena()
  private readonly host: ScanHost
  private readonly worker: WorkerLink
  private readonly numbers = new Uint32Array(BATCH)
  private readonly afterwards = new Afterwards()
  private readonly markets = new Map<string, NamedMarket>()
  private readonly warmth: KeepWarm

  /** `onDeath` hears once when the worker is gone; the scanner goes on with full scans on the calling thread. */
  constructor(onDeath: (error: KeeperError) => void, options: ScannerOptions = {}) {
    const { arena } = this
    const { memory } = arena
    const kernels = options.kernel === 'js' ? null : loadKernels()
    this.kernel = kernels ? new WasmKernel(kernels, memory) : new JsKernel(memory)
    const [out, workerOut] = [arena.allocate(OUT_BYTES), arena.allocate(OUT_BYTES)]
    const start = { memory, kernels, outAt: workerOut }
    this.worker = new WorkerLink(
      start,
      (error) => {
        for (const { scan } of this.markets.values()) scan.forgetHot()
        onDeath(error)
      },
      options.deadlineMs ?? 30_000,
    )
    this.warmth = new KeepWarm(() => {
      for (const { scan } of this.markets.values()) scan.rehearse()
    }, options.warmEveryMs ?? 4)
    const tables = new Map<boolean, number>()
    this.host = {
      arena,
      collector: new Collector(memory.buffer, this.kernel, out),
      worker: this.worker,
      afterwards: this.afterwards,
      hotFrom: options.hotFrom ?? 1_000,
      hotShare: options.hotShare ?? 0.25,
      audits: options.audits ?? true,
      workerTable(wide) {
        const at = tables.get(wide) ?? arena.allocate(tableLength(wide) * 8)
        tables.set(wide, at)
        return at
      },
      onDifference: (name, { missing, extra }) => {
        const { ids } = this.of(name)
        const named = (numbers: readonly number[]): PositionId[] => numbers.map((id) => ids.position(id))
        options.onDifference?.(name, named(missing), named(extra))
      },
    }
  }

  /** The memory all rows lie in; for measurements. */
  get memory(): WebAssembly.Memory {
    return this.arena.memory
  }

  /** Bytes that one market takes, by `byteLength`, the addresses of its positions included. */
  memoryOf(market: string): MarketMemory {
    const { scan, ids } = this.of(market)
    return { scan: scan.memory.scan, total: scan.memory.total + ids.bytes }
  }

  /** One market by position numbers, for callers that number positions themselves. */
  market(name: string): MarketScan {
    return this.of(name).scan
  }

  /**
   * True when rows written with the previous slot table of `market` mean the same under `slots`; otherwise every row of
   * the market must be sent again (`replaceAll`). Appending slots keeps old rows valid.
   */
  slotsStillFit(market: string, slots: readonly Slot[]): boolean {
    return this.of(market).scan.rows.slots.every((slot, i) => {
      const now = slots[i]
      return now?.kind === slot.kind && now.unit === slot.unit && now.feed === slot.feed
    })
  }

  /** Forgets the market's rows and writes `rows`, which must be complete. */
  replaceAll(market: string, rows: readonly RowChange[], slots: readonly Slot[]): void {
    this.of(market).scan.clear()
    const lengths = new Uint32Array(MOST_ENTRIES + 1)
    for (const { entries } of rows) lengths[entries.length] = (lengths[entries.length] ?? 0) + 1
    this.expect(market, lengths, slots)
    this.update(market, rows, slots)
  }

  /**
   * Makes room for a whole market before its first rows are written: `lengths[n]` rows of n entries. Only saves time and
   * memory; any other rows may follow.
   */
  expect(market: string, lengths: Uint32Array, slots: readonly Slot[]): void {
    const { scan } = this.of(market)
    scan.describe(slots) // it decides how wide the columns are
    scan.rows.reserve(lengths)
  }

  /** Writes changed rows. Throws `RangeError` for a slot outside `slots`. */
  update(market: string, rows: readonly RowChange[], slots: readonly Slot[]): void {
    const { scan, ids } = this.of(market)
    scan.describe(slots)
    for (let from = 0; from < rows.length; from += BATCH) {
      const count = Math.min(BATCH, rows.length - from)
      ids.numberBatch(rows, from, this.numbers)
      scan.warm(this.numbers, count)
      for (let i = 0; i < count; i++) scan.set(this.numbers[i] ?? 0, rows[from + i]?.entries ?? NO_ENTRIES)
    }
  }

  /** Candidates at a block's `weights`, which become the base of `price`. */
  scan(market: string, weights: SlotWeights): ScanResult {
    const named = this.of(market)
    const started = performance.now()
    this.warmth.start()
    return answer(named, named.scan.scan(weights), started, () => weights.certain)
  }

  /** Candidates at other weights over the same slots; changes nothing. */
  ask(market: string, weights: SlotWeights): ScanResult {
    const named = this.of(market)
    const started = performance.now()
    return answer(named, named.scan.ask(weights), started, () => weights.certain)
  }

  /**
   * Candidates if `update` held: a landed round, a pending transmission or a what-if, all alike. Changes nothing. Null when
   * only the strategy can make the weights (`SlotWeights.factors`): ask with those.
   */
  price(update: PriceUpdate): ScanResult | null {
    const named = this.of(update.market)
    const { scan } = named
    const { base } = scan
    const started = performance.now()
    const priced = scan.priced(update.changes)
    if (priced === null || base === null) return null
    return answer(named, scan.price(priced), started, () => scan.certainAfter(base, priced))
  }

  /** Positions below this health factor at the prices of the last `scan`, and maybe some just above; none before it. */
  watchlist(market: string, limit: number): readonly PositionId[] {
    const { scan, ids } = this.of(market)
    return Array.from(scan.watchlist(limit)?.ids ?? [], (id) => ids.position(id))
  }

  /** False when answers are full scans on the calling thread, because the worker is gone. */
  get alive(): boolean {
    return this.worker.alive
  }

  /** Resolves when the worker has done what it was given: the hot prefix is up to date, the last check is over. */
  settled(): Promise<void> {
    this.afterwards.run()
    return this.worker.settled()
  }

  async stop(): Promise<void> {
    this.warmth.stop()
    this.afterwards.drop()
    await this.worker.stop()
  }

  private of(name: string): NamedMarket {
    let market = this.markets.get(name)
    if (market === undefined)
      this.markets.set(name, (market = { scan: new MarketScan(name, this.host), ids: new PositionIds() }))
    return market
  }
}

const answer = (market: NamedMarket, hits: Hits, started: number, inward: () => SlotWeights['certain']): ScanResult =>
  new Answer(market, hits, (performance.now() - started) / 1000, inward)
