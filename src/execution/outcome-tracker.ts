import type { Address, BlockRef, Head, Hex } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { Logger, Metrics } from '../domain/ports.js'
import type { RiskGate } from '../risk/risk-gate.js'
import type { ChainAsk, ChainFacts, Mined } from './chain-facts.js'
import { readChainFacts } from './chain-facts.js'
import type { Booked, IntentBook } from './intent-book.js'
import type { Journal } from './journal.js'
import type { Lanes } from './lanes.js'
import { failedAttempts, isLost } from './lost-legs.js'
import type { OpportunityRecord, TrackedIntent } from './records.js'
import { positionsOf } from './records.js'
import { Rivals } from './rivals.js'
import { TopUps } from './top-ups.js'
import { sameOutcome, verdictOf } from './verdict.js'

/** What booked amounts are worth in USD with 8 decimals, and what could not be valued: raw units per token. */
export interface Worth {
  readonly usd8: bigint
  readonly unpriced: ReadonlyMap<Address, bigint>
}

export interface OutcomeTrackerOptions {
  readonly ask: ChainAsk
  readonly lanes: Lanes
  /** Below it an operator needs to be topped up. */
  readonly minOperatorWei: bigint
  readonly journal: Journal
  readonly book: IntentBook
  readonly gate: Pick<RiskGate, 'realised' | 'takeBack'>
  /** Worth of booked raw units per token, of a transaction signed with these expectations. */
  readonly valueUsd8: (deltas: ReadonlyMap<Address, bigint>, signed: OpportunityRecord) => Worth
  readonly confirmations: number
  readonly logger: Logger
  readonly metrics: Metrics
  readonly nowMs?: () => number
}

/**
 * Follows every intent to its end by the chain's own word: receipts of all its attempts, and whether their blocks are
 * canonical, at every head, off the hot path. A failed read changes nothing; the next head tries again.
 *
 * The ledger is told before the journal: a crash between the two repeats the booking, which is keyed by transaction and
 * block and then changes nothing.
 */
export class OutcomeTracker {
  private readonly rivals = new Rivals()
  private newest: ChainFacts | null = null
  /** Intents whose books were compared with the chain since this process started. */
  private readonly compared = new Set<string>()
  private readonly topUps: TopUps

  constructor(private readonly options: OutcomeTrackerOptions) {
    this.topUps = new TopUps(options)
  }

  /** An operator's coins at the newest head that was read. */
  balanceOf(operator: Address): bigint | null {
    return this.newest?.balancesWei.get(operator) ?? null
  }

  /** Somebody liquidated a position in `block`: should an intent for it end unmined, and the block stand, it was outbid. */
  rivalSeen(market: string, position: string, by: Address, block: Pick<BlockRef, 'number' | 'hash'>): void {
    // our own liquidation, should a reorg undo it, makes nobody a rival
    if (this.options.lanes.isOurs(by)) return
    for (const { intent, attempts } of this.options.journal.state.open.values()) {
      const places = attempts.flatMap((attempt) => positionsOf(attempt.opportunity.legs))
      if (places.includes(`${market}/${position}`)) this.rivals.saw(intent.id, by, block)
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
    const { ask, lanes, journal, logger, metrics } = this.options
    let facts: ChainFacts
    try {
      const reading = readChainFacts(ask, lanes.operators, [...journal.state.open.values()], head)
      ;[facts] = await Promise.all([reading, this.rivals.check(ask, head)])
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
    const { journal, lanes } = this.options
    const mayStillLand: TrackedIntent[] = []
    for (const tracked of [...journal.state.open.values()]) {
      const rival = this.rivals.of(tracked.intent.id)
      const verdict = verdictOf(tracked, facts, rival, this.options.confirmations, lanes.numbersAreOurs)
      if (verdict.mayStillLand) mayStillLand.push(tracked)
      const before = tracked.outcome?.outcome ?? { kind: 'pending' as const }
      const mined = facts.mined.get(tracked.intent.id) ?? null
      // a crash may have left a booking that the journal does not know, of a block that is gone
      const isNew = !this.compared.has(tracked.intent.id)
      const changed = !sameOutcome(before, verdict.outcome) || verdict.closed
      if (isNew || changed) this.book(tracked, mined)
      this.compared.add(tracked.intent.id)
      if (!changed) continue
      const record = {
        intentId: tracked.intent.id,
        outcome: verdict.outcome,
        transactionHash: mined?.attempt.transactionHash ?? null,
        closed: verdict.closed,
        atMs: (this.options.nowMs ?? Date.now)(),
      }
      this.options.book.outcome(record)
      journal.append([{ kind: 'outcome', outcome: record }])
      if (verdict.closed) {
        this.rivals.forget(tracked.intent.id)
        this.compared.delete(tracked.intent.id)
      }
      if (!sameOutcome(before, verdict.outcome)) this.announce(tracked, record.outcome.kind, mined)
    }
    this.newest = facts
    this.topUps.look(facts, lanes.operators)
    lanes.settle(facts.head, facts.nonces, mayStillLand)
  }

  /** Books what is mined now and takes back every other attempt of the intent, whatever was known of it. */
  private book(tracked: TrackedIntent, mined: Mined | null): void {
    const { book, gate } = this.options
    for (const { transactionHash } of tracked.attempts) {
      if (transactionHash === mined?.attempt.transactionHash) continue
      book.reorged(transactionHash)
      gate.takeBack(transactionHash)
    }
    if (mined === null) return
    const { receipt, block, attempt } = mined
    const { transactionHash: transaction, blockHash } = receipt
    book.attempted(tracked.intent, attempt)
    const booked = book.landed(tracked.intent.id, receipt, block)
    const { usd8, unpriced } = this.worthOf(booked, attempt.opportunity)
    book.valued(transaction, blockHash, usd8, [...unpriced.keys()])
    const [reverted, unpricedOut] = [receipt.status === 0, [...unpriced].filter(([, amount]) => amount < 0n)]
    const figures = { netUsd8: usd8, reverted, unpricedOut: unpricedOut.map(([token]) => token) }
    const isCall = receipt.to !== undefined && receipt.to !== this.options.lanes.options.executor
    const byAgent = isCall || attempt.opportunity.legs.some(({ realisesBase }) => realisesBase !== undefined)
    gate.realised({ transaction, blockHash, atMs: Number(block.timestamp) * 1000, byAgent, ...figures })
    this.tellStrays(tracked.intent.id, transaction, booked)
  }

  /** A valuation that fails values nothing: what left is then a loss of unknown size. It must not stop the booking. */
  private worthOf({ deltas }: Booked, signed: OpportunityRecord): Worth {
    try {
      return this.options.valueUsd8(deltas, signed)
    } catch (error) {
      this.options.logger.error('unvalued', { error: messageOf(error) })
      return { usd8: 0n, unpriced: deltas }
    }
  }

  /** No breaker: any contract that is called in our transaction can claim such a transfer, and must not stop us by it. */
  private tellStrays(intent: string, transaction: Hex, { strays }: Booked): void {
    if (strays.size === 0) return
    const tokens = [...strays.keys()]
    this.options.logger.warn('stray-transfers', { intent, transaction, tokens, hint: 'not counted; see the report' })
  }

  /** Positions without which the transaction landed: they were somebody else's first. */
  private lostOf({ attempt, receipt }: Mined): string[] {
    const failed = failedAttempts(receipt, this.options.lanes.options.executor)
    return positionsOf(attempt.opportunity.legs.filter((leg) => isLost(leg, failed)))
  }

  private announce(tracked: TrackedIntent, outcome: string, mined: Mined | null): void {
    const { logger, metrics } = this.options
    metrics.count('outcomes', { outcome })
    const places = [...new Set(tracked.attempts.flatMap((attempt) => positionsOf(attempt.opportunity.legs)))]
    const lost = mined === null ? [] : this.lostOf(mined)
    if (lost.length > 0) metrics.count('positions_lost', {}, lost.length)
    logger.info(outcome, {
      intent: tracked.intent.id,
      nonce: tracked.intent.nonce,
      attempts: tracked.attempts.length,
      positions: places.filter((place) => !lost.includes(place)),
      ...(lost.length === 0 ? {} : { lost }),
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
