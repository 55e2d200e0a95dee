import { setTimeout as sleep } from 'node:timers/promises'
import type { BlockRef, Head, StateOverride } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { Opportunity } from '../domain/opportunity.js'
import type { Logger, Metrics } from '../domain/ports.js'
import type { Refusal } from '../domain/refusal.js'
import { refuse } from '../domain/refusal.js'
import type { LiquidationEvent } from '../domain/strategy.js'
import type { RiskGate } from '../risk/risk-gate.js'
import { Beside } from './beside.js'
import { bidFor, type BidCaps } from './bid-terms.js'
import type { BidBook } from './bids/bid-book.js'
import { Dispatch } from './dispatch.js'
import { DryRun } from './dry-run.js'
import { HeadUpdates } from './head-updates.js'
import type { IntentBook } from './intent-book.js'
import type { Journal } from './journal.js'
import type { Lanes } from './lanes.js'
import type { Misses } from './misses/misses.js'
import type { OutcomeTracker } from './outcome-tracker.js'
import { Preparation, type Prepared } from './preparation.js'
import { positionsOf, type TrackedIntent } from './records.js'
import { Rehearsal } from './rehearsal.js'
import type { FanOut } from './relays/fan-out.js'
import { ReputationBudget } from './reputation-budget.js'
import { Sender } from './sender.js'
import type { Simulator } from './simulate.js'
import { Simulations, verdictOfSimulation } from './simulations.js'

export interface SubmitterOptions {
  readonly lanes: Lanes
  readonly tracker: OutcomeTracker
  readonly relays: FanOut
  readonly journal: Journal
  readonly gate: Pick<RiskGate, 'ask' | 'killed' | 'kill'>
  readonly book: IntentBook
  /** Null where nothing can simulate: the profit room's figures then stand. */
  readonly simulate: Simulator | null
  readonly logger: Logger
  readonly metrics: Metrics
  readonly bidCaps: BidCaps
  /** What was learned of bids. */
  readonly bids: Pick<BidBook, 'bpsFor'>
  readonly misses: Pick<Misses, 'sent' | 'taken' | 'check'>
  /** Bundles that may fail their simulation within an hour after they were sent. */
  readonly failureBudget: number
  /** Off for chains whose clock is not the world's (a devnet). */
  readonly clockIsOurs: boolean
  readonly nowMs?: () => number
}

/**
 * The door of this room. `offer` is the hot path: gate, place, sign, journal, hand to the relays; it waits for no receipt
 * and no RPC. Where a revert costs gas (no bundles) and in dry-run it waits for the simulation; with bundles the simulation
 * runs beside the sending and corrects the next block's attempt.
 */
export class Submitter {
  private readonly sender: Sender
  private readonly dryRun: DryRun
  private readonly simulations: Simulations
  private readonly preparation: Preparation
  private readonly heads: HeadUpdates
  private readonly beside: Beside
  private readonly dispatch: Dispatch
  private readonly rehearsal: Rehearsal
  private turn: Promise<unknown> = Promise.resolve()
  private stopping = false

  constructor(private readonly options: SubmitterOptions) {
    const now = (): number => this.now()
    const { lanes } = options
    const { executor, maxTransactionGas } = lanes.options
    this.sender = new Sender(options.relays, options.book, options.logger, (intentId) => {
      this.release(intentId)
    })
    this.dryRun = new DryRun(options.book, options.logger, now)
    this.simulations = new Simulations({ ...options, from: lanes.firstOperator, executor, maxTransactionGas, now })
    const tracker = lanes.options.dryRun ? null : options.tracker
    this.heads = new HeadUpdates({ ...options, tracker, now })
    this.preparation = new Preparation({ ...options, memory: this.simulations.memory, now })
    const { simulations, sender } = this
    this.beside = new Beside({
      ...options,
      simulations,
      sender,
      budget: new ReputationBudget(options.failureBudget, now),
    })
    const { heads, dryRun, beside } = this
    this.dispatch = new Dispatch({ ...options, sender, heads, dryRun, beside, now })
    this.rehearsal = new Rehearsal(lanes.terms, simulations)
  }

  /** Before the first offer: tells the ledger what the journal holds, and reads the operator's nonce and receipts. */
  async start(head: Head): Promise<void> {
    this.options.tracker.repeat()
    await this.onHead(head)
  }

  /** Offers are taken one after the other. Resolves when the transaction is journalled and on its way, not when it landed. */
  offer(opportunity: Opportunity, head: Head): Promise<Refusal | TrackedIntent> {
    const mine = this.turn.then(() => this.take(opportunity, head))
    this.turn = mine.catch((error: unknown) => messageOf(error))
    return mine
  }

  /**
   * To be called for every head: reads what became of the intents (coalesced to the newest head), obeys the kill switch.
   * `receivedAtMs`: when the head was first seen, where the caller knows it. False when the chain could not be read.
   */
  onHead(head: Head, receivedAtMs = this.now()): Promise<boolean> {
    if (this.options.gate.killed() !== null) this.sender.cancel(this.inFlight())
    if (!this.options.lanes.options.dryRun) this.options.relays.warm()
    // liquidations of this block are told before its head is
    this.sender.track(this.options.misses.check(head))
    return this.heads.take(head, receivedAtMs)
  }

  /**
   * A liquidation seen on chain, anybody's: an intent of ours for that position that stays unmined was outbid, and why it
   * was not ours is recorded. `indexed`: false while the replica of its market was not ready.
   */
  onLiquidation(event: LiquidationEvent, block: Pick<BlockRef, 'number' | 'hash'>, indexed = true): void {
    const { tracker, misses, lanes } = this.options
    tracker.rivalSeen(event.market, event.position, event.liquidator, block)
    // of a past that is only now read nobody was late: the keeper did not run
    const isNow = this.heads.newestNumber >= 0 && block.number >= this.heads.newestNumber
    if (isNow && !lanes.isOurs(event.liquidator)) this.sender.track(misses.taken(event, block, indexed))
  }

  /** Pulls the kill switch and asks the relays to forget what is out. */
  kill(why: string): void {
    this.options.gate.kill(why)
    this.sender.cancel(this.inFlight())
  }

  /**
   * Runs a call that a trigger may send later, by its own node alone: what passes counts as prepared for two more blocks.
   * `overrides` are the prices that it waits for. Null when it passed; what it says otherwise is a refusal to come.
   */
  rehearse(opportunity: Opportunity, head: Head, overrides?: StateOverride): Promise<Refusal | null> {
    return this.rehearsal.rehearse(opportunity, head, overrides)
  }

  /** True when a call of this shape passed on this head or one of the two before it. */
  isPrepared(opportunity: Opportunity, head: Head): boolean {
    return this.simulations.memory.isPrepared(opportunity, head)
  }

  /** Gas that the last simulation of the same liquidations used; null where none was. */
  measuredGas(opportunity: Opportunity): bigint | null {
    return this.simulations.memory.gasUsed(opportunity)
  }

  /** How many transactions may be on their way at the same time. */
  get lanes(): number {
    return this.options.lanes.count
  }

  /** True when some intent that may still land behind `head` is for one of its positions. */
  holds({ legs }: Opportunity, head: Head): boolean {
    const places = new Set(positionsOf(legs))
    return this.options.lanes.lanes.some((lane) => lane.holds(places, head))
  }

  inFlight(): readonly TrackedIntent[] {
    return this.options.lanes.inFlight()
  }

  /** `market/position` that a dry run has counted; to be left out of further opportunities. */
  dryRunCounted(): ReadonlySet<string> {
    return this.dryRun.counted
  }

  /** Takes no more offers, waits for what is being sent and for the last reading, closes the journal. At most `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    this.stopping = true
    const timer = new AbortController()
    const tooLate = sleep(deadlineMs, undefined, { signal: timer.signal }).catch((error: unknown) => messageOf(error))
    await Promise.race([Promise.all([this.turn, this.heads.idle()]).then(() => this.sender.idle()), tooLate])
    timer.abort()
    for (const { intent, attempts } of this.inFlight()) {
      this.options.logger.info('left-in-flight', { intent: intent.id, nonce: intent.nonce, attempts: attempts.length })
    }
    this.options.journal.close()
  }

  private async take(opportunity: Opportunity, head: Head): Promise<Refusal | TrackedIntent> {
    const { dryRun } = this.options.lanes.options
    if (dryRun && this.dryRun.isCounted(opportunity)) return this.dryRun.refusal(opportunity)
    const bidding = bidFor(opportunity, this.options.bids.bpsFor(opportunity), this.options.bidCaps)
    return 'code' in bidding ? bidding : this.takeAsBid(bidding, head)
  }

  private async takeAsBid(opportunity: Opportunity, head: Head): Promise<Refusal | TrackedIntent> {
    const { dryRun, submission } = this.options.lanes.options
    const prepared = this.prepare(opportunity, head)
    if ('code' in prepared) return prepared
    if (!dryRun && submission === 'bundle') {
      return this.beside.unprepared(opportunity, head) ?? this.dispatch.send(opportunity, head, prepared, null)
    }
    const first = await this.simulations.run(opportunity, head, prepared, null)
    const refusal = verdictOfSimulation(opportunity, first, !dryRun) ?? this.tooOld(head)
    if (refusal !== null) return refusal
    this.simulations.memory.keep(opportunity, head, first)
    // the simulation took its time: the switch may have been pulled, the head grown old, the lane been taken meanwhile
    const still = this.prepare(opportunity, head)
    return 'code' in still ? still : this.dispatch.send(opportunity, head, still, first)
  }

  /** What is sent where reverts are charged was simulated on the newest block or the one before it. */
  private tooOld(head: Head): Refusal | null {
    const number = this.heads.newestNumber
    if (number <= head.number + 1) return null
    return refuse('not-simulated', `simulated on block ${head.number}, the newest is ${number}`, String(head.number))
  }

  private prepare(opportunity: Opportunity, head: Head): Prepared | Refusal {
    if (this.stopping) return refuse('lane-busy', 'the keeper is stopping')
    return this.preparation.of(opportunity, head, this.heads.receivedAtMs(head))
  }

  /** Frees the nonce of an intent of which nothing ever left: another position may take it. */
  private release(intentId: string): void {
    const tracked = this.options.journal.state.open.get(intentId)
    if (tracked === undefined || !this.sender.neverLeft(tracked)) return
    const released = this.options.lanes.release(tracked, 'no relay could be reached: nothing was sent')
    if (released !== null) this.options.book.outcome(released)
    this.options.logger.warn('unsent', { intent: intentId, nonce: tracked.intent.nonce })
  }

  private now(): number {
    return (this.options.nowMs ?? Date.now)()
  }
}
