import type { Address, Head } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { Logger, Metrics } from '../domain/ports.js'
import type { RiskGate } from '../risk/risk-gate.js'
import type { ChainAsk, ChainFacts, Mined } from './chain-facts.js'
import { readChainFacts } from './chain-facts.js'
import type { IntentBook } from './intent-book.js'
import type { Journal } from './journal.js'
import type { Lane } from './lane.js'
import type { TrackedIntent } from './records.js'
import { positionsOf } from './records.js'
import { sameOutcome, verdictOf } from './verdict.js'

export interface OutcomeTrackerOptions {
  readonly ask: ChainAsk
  readonly operator: Address
  readonly lane: Lane
  readonly journal: Journal
  readonly book: IntentBook
  readonly gate: Pick<RiskGate, 'realised' | 'takeBack'>
  /** Value of booked raw units per token in USD with 8 decimals; throws where a price is missing. */
  readonly valueUsd8: (deltas: ReadonlyMap<Address, bigint>) => bigint
  readonly confirmations: number
  readonly logger: Logger
  readonly metrics: Metrics
  readonly nowMs?: () => number
}

const idOf = (mined: Mined | null): string =>
  mined === null ? '' : `${mined.receipt.transactionHash}:${mined.receipt.blockHash}`

/**
 * Follows every intent to its end by the chain's own word: receipts of all its attempts, and whether their blocks are
 * canonical, at every head, off the hot path. A failed read changes nothing; the next head tries again.
 *
 * The ledger is told before the journal: a crash between the two repeats the booking, which is keyed by transaction and
 * block and then changes nothing.
 */
export class OutcomeTracker {
  private readonly rivals = new Map<string, Address>()
  private newest: ChainFacts | null = null

  constructor(private readonly options: OutcomeTrackerOptions) {}

  /** The operator's coins at the newest head that was read. */
  get balanceWei(): bigint | null {
    return this.newest?.balanceWei ?? null
  }

  /** Somebody liquidated a position: should an intent for it end unmined, it was outbid. */
  rivalSeen(market: string, position: string, by: Address): void {
    // our own liquidation, should a reorg undo it, makes nobody a rival
    if (by === this.options.lane.options.executor) return
    for (const { intent, attempts } of this.options.journal.state.open.values()) {
      const places = attempts.flatMap((attempt) => positionsOf(attempt.opportunity.legs))
      if (places.includes(`${market}/${position}`)) this.rivals.set(intent.id, by)
    }
  }

  /** Tells the ledger what the journal still holds open: after a crash it may know less. */
  repeat(): void {
    for (const { intent, attempts } of this.options.journal.state.open.values()) {
      for (const attempt of attempts) this.options.book.attempted(intent, attempt)
    }
  }

  /** Never rejects. False when the chain could not be read. */
  async update(head: Head): Promise<boolean> {
    const { ask, operator, journal, logger, metrics } = this.options
    let facts: ChainFacts
    try {
      facts = await readChainFacts(ask, operator, [...journal.state.open.values()], head)
    } catch (error) {
      metrics.count('outcome_read_failures')
      logger.warn('outcome-read', { block: head.number, error: messageOf(error) })
      return false
    }
    try {
      this.apply(facts)
      return true
    } catch (error) {
      logger.error('outcome-record', { block: head.number, error: messageOf(error) })
      return false
    }
  }

  private apply(facts: ChainFacts): void {
    const { journal, lane } = this.options
    const mayStillLand: TrackedIntent[] = []
    for (const tracked of [...journal.state.open.values()]) {
      const rival = this.rivals.get(tracked.intent.id) ?? null
      const verdict = verdictOf(tracked, facts, rival, this.options.confirmations, lane.numbersAreOurs)
      if (verdict.mayStillLand) mayStillLand.push(tracked)
      const before = tracked.outcome?.outcome ?? { kind: 'pending' as const }
      if (sameOutcome(before, verdict.outcome) && !verdict.closed) continue
      const mined = facts.mined.get(tracked.intent.id) ?? null
      this.bookChange(tracked, mined)
      const record = {
        intentId: tracked.intent.id,
        outcome: verdict.outcome,
        transactionHash: mined?.attempt.transactionHash ?? null,
        closed: verdict.closed,
        atMs: (this.options.nowMs ?? Date.now)(),
      }
      this.options.book.outcome(record)
      journal.append([{ kind: 'outcome', outcome: record }])
      if (verdict.closed) this.rivals.delete(tracked.intent.id)
      if (!sameOutcome(before, verdict.outcome)) this.announce(tracked, record.outcome.kind, mined)
    }
    this.newest = facts
    this.options.metrics.gauge('operator_balance', Number(facts.balanceWei) / 1e18)
    lane.settle(facts.head, facts.nonce, mayStillLand)
  }

  /** Books what is mined now and takes back what was mined before and is not any more. */
  private bookChange(tracked: TrackedIntent, mined: Mined | null): void {
    const { book, gate } = this.options
    const before = tracked.outcome
    if (before !== null && before.transactionHash !== null && 'blockHash' in before.outcome) {
      const earlier = `${before.transactionHash}:${before.outcome.blockHash}`
      if (earlier !== idOf(mined)) {
        book.reorged(before.transactionHash)
        gate.takeBack(earlier)
      }
    }
    if (mined === null) return
    const { receipt, block, attempt } = mined
    book.attempted(tracked.intent, attempt)
    const deltas = book.landed(tracked.intent.id, receipt, block)
    const worth = this.valued(deltas)
    book.valued(receipt.transactionHash, receipt.blockHash, worth)
    const netUsd8 = worth ?? 0n
    gate.realised({ id: idOf(mined), atMs: Number(block.timestamp) * 1000, netUsd8, reverted: receipt.status === 0 })
  }

  /** A token without a price must not stop the booking; the breakers then see the transaction without its value. */
  private valued(deltas: ReadonlyMap<Address, bigint>): bigint | null {
    try {
      return this.options.valueUsd8(deltas)
    } catch (error) {
      this.options.logger.error('unvalued', { error: messageOf(error) })
      return null
    }
  }

  private announce(tracked: TrackedIntent, outcome: string, mined: Mined | null): void {
    const { logger, metrics } = this.options
    metrics.count('outcomes', { outcome })
    const places = [...new Set(tracked.attempts.flatMap((attempt) => positionsOf(attempt.opportunity.legs)))]
    logger.info(outcome, {
      intent: tracked.intent.id,
      nonce: tracked.intent.nonce,
      attempts: tracked.attempts.length,
      positions: places,
      ...(mined === null
        ? {}
        : {
            transaction: mined.receipt.transactionHash,
            block: mined.receipt.blockNumber,
            builder: mined.block.builder,
            gasUsed: mined.receipt.gasUsed,
          }),
    })
  }
}
