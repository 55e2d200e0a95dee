import { RpcError, isUnknownBlock } from '../chain/rpc-error.js'
import type { BlockRef, Hex, Reader } from '../domain/chain.js'
import { KeeperError, messageOf } from '../domain/errors.js'
import type { PositionId } from '../domain/market.js'
import type { AuditAlarm } from './audit-alarm.js'
import type { Audit } from './audit.js'
import type { Replica } from './replica.js'

/** After a block: the scan has then named its candidates, and what is urgent has been asked for. */
const AFTER_BLOCK_MS = 250
const UNSETTLED_MS = 50
/** A position that differs again so soon after it was read anew is not what is wrong. */
const AGAIN_BLOCKS = 300

export interface DutyHost {
  /** Null while the market is being read anew. */
  replica(): Replica | null
  /** False while a block is being taken: its logs may be in the replica and its prices not yet. */
  settled(): boolean
  /** Reads this very block, if possible at another endpoint than the one the replica is fed by. */
  readerAt(block: BlockRef): Reader
  isCanonical(hash: Hex): boolean
  /** Asks the chain whether it has this block now. Throws as the client does. */
  stillThere(block: BlockRef): Promise<boolean>
  /** Reads positions anew; `again` says that this was done already and did not help. */
  repair(positions: readonly PositionId[], again: boolean): void
  ended(): boolean
}

/** One market's audits: one after each block, never two at a time, never in the way, never silent. */
export class AuditDuty {
  private timer: NodeJS.Timeout | null = null
  private running = false
  private doubt: { readonly text: string; readonly hash: Hex } | null = null
  private readonly repaired = new Map<PositionId, number>()

  constructor(
    private readonly audit: Audit,
    private readonly alarm: AuditAlarm,
    private readonly host: DutyHost,
  ) {}

  /** What people should know, or null. */
  get note(): string | null {
    return this.alarm.text
  }

  /** Prices that differed from the contract at the last audit that was made, unless its block is gone; one sentence, or null. */
  get priceNote(): string | null {
    return this.doubt !== null && this.host.isCanonical(this.doubt.hash) ? this.doubt.text : null
  }

  /** Positions that the next audit compares in any case. */
  add(positions: Iterable<PositionId>): void {
    this.audit.sample.add(positions)
  }

  restart(): void {
    this.audit.sample.restart()
    this.repaired.clear()
    this.doubt = null
  }

  /** To be called after each block. Returns at once. */
  afterBlock(): void {
    // on fast chains one audit stands for several blocks; those are counted
    if (this.timer !== null) this.audit.skipped('busy')
    this.runIn(AFTER_BLOCK_MS)
  }

  private runIn(milliseconds: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = null
      void this.run()
    }, milliseconds).unref()
  }

  private async run(): Promise<void> {
    const replica = this.host.replica()
    if (this.host.ended() || replica === null) return
    if (!this.host.settled()) {
      this.runIn(UNSETTLED_MS)
      return
    }
    if (this.running) {
      this.audit.skipped('busy')
      return
    }
    this.running = true
    const { tip } = replica
    try {
      const { positions, feeds } = await this.audit.run(replica, this.host.readerAt(tip), () =>
        this.host.stillThere(tip),
      )
      const text = `prices differ from the contract at block ${tip.number}: ${feeds.join(', ')}`
      this.doubt = feeds.length === 0 ? null : { text, hash: tip.hash }
      this.alarm.made(positions.length + feeds.length)
      if (positions.length > 0 && !this.host.ended()) this.repair(positions, tip.number)
    } catch (error) {
      // the block is gone, on the node or also for us: nothing is to be learned from it
      const gone = !this.host.isCanonical(tip.hash) || isGone(error)
      if (gone) this.audit.skipped('reorg')
      this.alarm.failed(messageOf(error), gone)
    } finally {
      this.running = false
    }
  }

  private repair(positions: readonly PositionId[], block: number): void {
    const again = positions.some((position) => {
      const before = this.repaired.get(position)
      return before !== undefined && block - before <= AGAIN_BLOCKS && block > before
    })
    for (const [position, at] of this.repaired) if (block - at > AGAIN_BLOCKS) this.repaired.delete(position)
    for (const position of positions) this.repaired.set(position, block)
    this.host.repair(positions, again)
  }
}

const isGone = (error: unknown): boolean =>
  (error instanceof RpcError && isUnknownBlock(error)) || (error instanceof KeeperError && error.code === 'reorg')
