import { Worker } from 'node:worker_threads'
import { KeeperError, messageOf } from '../domain/errors.js'
import type { Answer, AuditAnswer, AuditOrder, EpochAnswer, EpochOrder, Order, WorkerStart } from './messages.js'

type Unnumbered<T> = Omit<T, 'request'>

interface Open {
  readonly timer: NodeJS.Timeout
  readonly done: (answer: Answer) => void
}

/**
 * The main thread's side of the scanner's worker, which starts with the first order. When it ends or an order takes longer
 * than `deadlineMs`, `onDeath` hears it once with `KeeperError('scanner-died' | 'scan-timeout')`; orders are then dropped.
 */
export class WorkerLink {
  private worker: Worker | null = null
  private readonly open = new Map<number, Open>()
  private readonly waiting: (() => void)[] = []
  private requests = 0
  private gone = false

  constructor(
    private readonly start: WorkerStart,
    private readonly onDeath: (error: KeeperError) => void,
    private readonly deadlineMs: number,
  ) {}

  /** False when nobody works any more: ended, stopped or hung. */
  get alive(): boolean {
    return !this.gone
  }

  /** True when no order is being worked on. */
  get idle(): boolean {
    return this.open.size === 0
  }

  /** Resolves when no order is being worked on, also because the worker is gone. */
  settled(): Promise<void> {
    return this.idle ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve))
  }

  epoch(order: Unnumbered<EpochOrder>, done: (answer: EpochAnswer) => void): void {
    this.post({ ...order, request: ++this.requests }, (answer) => {
      if (answer.kind === 'epoch') done(answer)
    })
  }

  audit(order: Unnumbered<AuditOrder>, done: (answer: AuditAnswer) => void): void {
    this.post({ ...order, request: ++this.requests }, (answer) => {
      if (answer.kind === 'audit') done(answer)
    })
  }

  async stop(): Promise<void> {
    this.gone = true
    this.drop()
    await this.worker?.terminate()
  }

  private post(order: Order, done: (answer: Answer) => void): void {
    if (this.gone) return
    const worker = (this.worker ??= this.launch())
    const timer = setTimeout(() => {
      this.die(new KeeperError('scan-timeout', `the scanner's thread took longer than ${this.deadlineMs} ms`))
      void worker.terminate()
    }, this.deadlineMs)
    timer.unref()
    this.open.set(order.request, { timer, done })
    worker.postMessage(order)
  }

  private launch(): Worker {
    const worker = new Worker(require.resolve('#worker/scanner'), { workerData: this.start })
    worker.unref()
    worker.on('message', (answer: Answer) => {
      const open = this.open.get(answer.request)
      if (open === undefined) return
      clearTimeout(open.timer)
      this.open.delete(answer.request)
      open.done(answer)
      this.wake()
    })
    worker.on('error', (error: unknown) => {
      this.die(new KeeperError('scanner-died', `the scanner's thread ended: ${messageOf(error)}`))
    })
    worker.on('exit', (code) => {
      this.die(new KeeperError('scanner-died', `the scanner's thread ended: exit code ${code}`))
    })
    return worker
  }

  private die(error: KeeperError): void {
    if (this.gone) return
    this.gone = true
    this.drop()
    this.onDeath(error)
  }

  private drop(): void {
    for (const { timer } of this.open.values()) clearTimeout(timer)
    this.open.clear()
    this.wake()
  }

  private wake(): void {
    if (this.idle) for (const resolve of this.waiting.splice(0)) resolve()
  }
}
