import type { BlockRef, Head, Hex } from '../../domain/chain.js'
import { messageOf } from '../../domain/errors.js'
import { maxOf } from '../../domain/maths.js'
import type { Logger, Metrics } from '../../domain/ports.js'
import type { LiquidationEvent } from '../../domain/strategy.js'
import { blockHashAt, type ChainAsk } from '../chain-facts.js'
import type { AttemptRecord } from '../records.js'
import { positionsOf } from '../records.js'
import { attribute, factsOf, type LastRefusal, type Missed } from './missed.js'
import { readRivalBlock, type RivalBlock } from './rival-price.js'

/** Where misses are kept; the ledger implements it. */
export interface MissBook {
  missed(record: Missed): void
  /** Block hashes of the misses in blocks from this one on. */
  missedSince(block: number): readonly { readonly number: number; readonly hash: Hex }[]
  /** The block is canonical no more. */
  undone(blockHash: Hex): void
  lastRefusal(market: string, position: string): LastRefusal | null
}

export interface MissesOptions {
  readonly ask: ChainAsk
  readonly book: MissBook
  readonly confirmations: number
  /** Block times are those of the world: then lateness can be told by them. */
  readonly worldClock: boolean
  /** Something can be learned of bids. */
  readonly changed: () => void
  readonly logger: Logger
  readonly metrics: Metrics
  readonly nowMs: () => number
}

/** What the attempt expected and bid for this position: of several, by the gains that were expected of their legs. */
function ownFigures(attempt: AttemptRecord | null, place: string): Pick<Missed, 'grossWei' | 'bidWei'> {
  if (attempt === null) return { grossWei: null, bidWei: null }
  const { legs, grossWei, bidWei } = attempt.opportunity
  const grossOf = (of: typeof legs): bigint => of.reduce((sum, { gross }) => sum + maxOf(gross, 0n), 0n)
  const [own, all] = [grossOf(legs.filter((leg) => positionsOf([leg]).includes(place))), grossOf(legs)]
  return all === 0n ? { grossWei, bidWei } : { grossWei: (grossWei * own) / all, bidWei: (bidWei * own) / all }
}

/** What an auction was bought at, where that was a purchase: by it one sees how far others go. Raw units. */
const priceOf = ({ sale, repaid, seized }: LiquidationEvent): string =>
  sale === true ? `; the buyer paid ${repaid} for ${seized}` : ''

/** Positions of which attempts are remembered, and attempts of each. */
const MOST_PLACES = 4_096
const MOST_ATTEMPTS = 8
/** Liquidations that wait to be looked into. */
const MOST_WAITING = 512

/** Finds out, off the hot path, why others' liquidations were not ours. Nothing here rejects. */
export class Misses {
  private readonly attempts = new Map<string, readonly AttemptRecord[]>()
  private turn: Promise<void> = Promise.resolve()
  private waiting = 0

  constructor(private readonly options: MissesOptions) {}

  /** An attempt was sent. */
  sent(attempt: AttemptRecord): void {
    for (const place of positionsOf(attempt.opportunity.legs)) {
      const known = this.attempts.get(place) ?? []
      this.attempts.delete(place)
      this.attempts.set(place, [...known, attempt].slice(-MOST_ATTEMPTS))
    }
    for (const oldest of this.attempts.keys()) {
      if (this.attempts.size <= MOST_PLACES) return
      this.attempts.delete(oldest)
    }
  }

  /** Somebody else liquidated in `block`, seen now. One after the other: a crash of many must not crowd out other reads. */
  taken(event: LiquidationEvent, block: Pick<BlockRef, 'number' | 'hash'>, indexed: boolean): Promise<void> {
    const { metrics, nowMs } = this.options
    const seenAtMs = nowMs()
    if (this.waiting >= MOST_WAITING) {
      metrics.count('missed', { reason: 'unread' })
      return Promise.resolve()
    }
    this.waiting += 1
    this.turn = this.turn
      .then(() => this.attribute(event, block, indexed, seenAtMs))
      .finally(() => {
        this.waiting -= 1
      })
    return this.turn
  }

  private async attribute(
    event: LiquidationEvent,
    block: Pick<BlockRef, 'number' | 'hash'>,
    indexed: boolean,
    seenAtMs: number,
  ): Promise<void> {
    const { ask, book, worldClock, changed, logger, metrics } = this.options
    try {
      const read = await readRivalBlock(ask, block.number, event.transactionHash).catch(() => null)
      const rival: RivalBlock | null = read?.hash === block.hash ? read : null
      const timeMs = rival === null || !worldClock ? null : Number(rival.timestamp) * 1000
      const attempts = this.attempts.get(`${event.market}/${event.position}`) ?? []
      const refusal = book.lastRefusal(event.market, event.position)
      const why = attribute({ indexed, attempts, refusal }, { number: block.number, timeMs, seenAtMs })
      const { attempt, ...attribution } = why
      const record: Missed = {
        ...factsOf(event),
        ...attribution,
        detail: attribution.detail + priceOf(event),
        ...{ blockNumber: block.number, blockHash: block.hash, seenAtMs },
        ...{ builder: rival?.builder ?? '', extraData: rival?.extraData ?? '', priceWei: rival?.priceWei ?? null },
        ...ownFigures(attempt, `${event.market}/${event.position}`),
      }
      book.missed(record)
      metrics.count('missed', { reason: record.reason })
      logger.info('missed', { ...record })
      if (record.reason === 'outbid') changed()
    } catch (error) {
      logger.error('missed', { position: event.position, problem: messageOf(error) })
    }
  }

  /** Takes back misses of blocks that are canonical no more; a read that fails is repeated at the next head. */
  async check(head: Head): Promise<void> {
    const { ask, book, confirmations, changed, logger } = this.options
    try {
      for (const { number, hash } of book.missedSince(head.number - confirmations)) {
        if (number > head.number) continue
        const now = await blockHashAt(ask, number)
        if (now === null || now === hash) continue
        book.undone(hash)
        changed()
      }
    } catch (error) {
      logger.warn('missed', { problem: messageOf(error) })
    }
  }
}
