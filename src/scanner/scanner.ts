import { Worker } from 'node:worker_threads'
import { KeeperError, messageOf } from '../domain/errors.js'
import type { PositionId } from '../domain/market.js'
import type { RowChange, Slot, SlotWeights } from '../domain/strategy.js'
import type { ScanAnswer, ToWorker } from './messages.js'
import { toBatch } from './rows.js'

export interface ScanResult {
  /** Positions that may be liquidatable; the exact figures decide. */
  readonly candidates: readonly PositionId[]
  readonly scanned: number
  /** Time in the kernel. */
  readonly seconds: number
}

interface Pending {
  readonly market: MarketRows
  resolve(result: ScanResult): void
  reject(error: Error): void
  readonly timer: NodeJS.Timeout
}

/** Small integers for the positions of one market, and the slot table its rows were written with. */
interface MarketRows {
  readonly name: string
  readonly ids: Map<PositionId, number>
  readonly positions: PositionId[]
  slots: readonly Slot[]
}

/**
 * The main thread's face of the scanner's worker thread. Rows go in, candidates come out; nothing here waits for the chain.
 * A dead worker rejects every open scan with `KeeperError('scanner-died')` and calls `onDeath` once.
 */
export class Scanner {
  private readonly worker: Worker
  private readonly markets = new Map<string, MarketRows>()
  private readonly pending = new Map<number, Pending>()
  private requests = 0
  private dead: KeeperError | null = null
  private stopping = false

  constructor(
    private readonly onDeath: (error: KeeperError) => void,
    private readonly deadlineMs = 5_000,
  ) {
    this.worker = new Worker(require.resolve('#worker/scanner'))
    this.worker.on('message', (answer: ScanAnswer) => {
      this.settle(answer)
    })
    this.worker.on('error', (error: unknown) => {
      this.die(messageOf(error))
    })
    this.worker.on('exit', (code) => {
      this.die(`exit code ${code}`)
    })
  }

  /**
   * True when rows written with the previous slot table of `market` mean the same under `slots`; otherwise every row of
   * the market must be sent again (`replaceAll`). Appending slots keeps old rows valid.
   */
  slotsStillFit(market: string, slots: readonly Slot[]): boolean {
    const old = this.marketRows(market).slots
    return old.every((slot, i) => {
      const now = slots[i]
      return now?.kind === slot.kind && now.unit === slot.unit && now.feed === slot.feed
    })
  }

  /** Forgets the market's rows and writes `rows`, which must be complete. */
  replaceAll(market: string, rows: readonly RowChange[], slots: readonly Slot[]): void {
    this.post({ kind: 'clear', market }, [])
    this.update(market, rows, slots)
  }

  /** Writes changed rows. Throws `RangeError` for a slot outside `slots`, `KeeperError('scanner-died')` after a death. */
  update(market: string, rows: readonly RowChange[], slots: readonly Slot[]): void {
    const known = this.marketRows(market)
    known.slots = slots
    const batch = toBatch(rows, slots, (position) => idOf(known, position))
    const { ids, lengths, slots: columns, amounts } = batch
    this.post({ kind: 'rows', market, batch }, [ids.buffer, lengths.buffer, columns.buffer, amounts.buffer])
  }

  /** Candidates at `weights`. Rejects with `KeeperError('scan-timeout' | 'scanner-died')`. */
  scan(market: string, weights: SlotWeights): Promise<ScanResult> {
    const known = this.marketRows(market)
    const request = ++this.requests
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(request)
        reject(new KeeperError('scan-timeout', `${market}: the scan took longer than ${this.deadlineMs} ms`))
      }, this.deadlineMs)
      this.pending.set(request, { market: known, resolve, reject, timer })
      try {
        const { f64, tolerance } = weights
        this.post({ kind: 'scan', request, market, weights: f64, tolerance }, [])
      } catch (error) {
        clearTimeout(timer)
        this.pending.delete(request)
        reject(error instanceof Error ? error : new Error(messageOf(error)))
      }
    })
  }

  async stop(): Promise<void> {
    this.stopping = true
    await this.worker.terminate()
  }

  private marketRows(name: string): MarketRows {
    let rows = this.markets.get(name)
    if (rows === undefined) this.markets.set(name, (rows = { name, ids: new Map(), positions: [], slots: [] }))
    return rows
  }

  private post(message: ToWorker, transfer: ArrayBuffer[]): void {
    if (this.dead !== null) throw this.dead
    this.worker.postMessage(message, transfer)
  }

  private settle(answer: ScanAnswer): void {
    const waiting = this.pending.get(answer.request)
    if (waiting === undefined) return // it timed out before
    clearTimeout(waiting.timer)
    this.pending.delete(answer.request)
    const candidates: PositionId[] = []
    for (const id of answer.ids) {
      const position = waiting.market.positions[id]
      if (position !== undefined) candidates.push(position)
    }
    waiting.resolve({ candidates, scanned: answer.scanned, seconds: answer.seconds })
  }

  private die(why: string): void {
    if (this.dead !== null) return
    const error = new KeeperError('scanner-died', `the scanner's thread ended: ${why}`)
    this.dead = error
    for (const { timer, reject } of this.pending.values()) {
      clearTimeout(timer)
      reject(error)
    }
    this.pending.clear()
    if (!this.stopping) this.onDeath(error)
  }
}

function idOf(market: MarketRows, position: PositionId): number {
  let id = market.ids.get(position)
  if (id === undefined) {
    id = market.positions.push(position) - 1
    market.ids.set(position, id)
  }
  return id
}
