import type { Head } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { Logger } from '../domain/ports.js'
import type { Journal } from './journal.js'
import type { OutcomeTracker } from './outcome-tracker.js'

export interface HeadUpdatesOptions {
  /** Null in dry-run, where nothing is out. */
  readonly tracker: Pick<OutcomeTracker, 'update'> | null
  readonly journal: Pick<Journal, 'compactIfGrown'>
  readonly logger: Logger
  readonly now: () => number
}

/** The newest head, when it came, and the reading of outcomes at it: one at a time, coalesced to the newest. */
export class HeadUpdates {
  private updating: Promise<boolean> = Promise.resolve(true)
  private waiting: Head | null = null
  /** Hash of the head at which outcomes were read last. */
  private readAt = ''
  private newest = { hash: '', number: -1, atMs: 0 }

  constructor(private readonly options: HeadUpdatesOptions) {}

  get newestNumber(): number {
    return this.newest.number
  }

  /**
   * True when the outcomes at this head, or at a newer one, were read; at once when they were before. False when the chain
   * could not be read: then nothing is known of what is in flight, and the next call tries again. Never rejects.
   */
  take(head: Head, receivedAtMs: number): Promise<boolean> {
    if (head.hash === this.readAt && this.waiting === null && this.isNewest(head)) return Promise.resolve(true)
    if (!this.isNewest(head)) this.newest = { hash: head.hash, number: head.number, atMs: receivedAtMs }
    const idle = this.waiting === null
    this.waiting = head
    if (idle) this.updating = this.updating.then(() => this.update())
    return this.updating
  }

  isNewest(head: Head): boolean {
    return this.newest.hash === head.hash
  }

  /** When the head was first seen; now, for one that is not the newest. */
  receivedAtMs(head: Head): number {
    return this.isNewest(head) ? this.newest.atMs : this.options.now()
  }

  async idle(): Promise<void> {
    await this.updating
  }

  private async update(): Promise<boolean> {
    const newest = this.waiting
    this.waiting = null
    if (newest === null) return true
    const { tracker, journal, logger } = this.options
    const read = tracker === null || (await tracker.update(newest))
    if (tracker !== null && read) this.readAt = newest.hash
    try {
      journal.compactIfGrown()
    } catch (error) {
      logger.warn('journal-compaction', { error: messageOf(error) })
    }
    return read
  }
}
