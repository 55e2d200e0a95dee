import { setTimeout as sleep } from 'node:timers/promises'
import type { BlockRef, Head, StateOverride } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { Opportunity } from '../domain/opportunity.js'
import type { Logger, Metrics } from '../domain/ports.js'
import type { Refusal } from '../domain/refusal.js'
import type { LiquidationEvent } from '../domain/strategy.js'
import type { RiskGate } from '../risk/risk-gate.js'
import type { BidCaps } from './bid-terms.js'
import type { BidBook } from './bids/bid-book.js'
import { DryRun } from './dry-run.js'
import { HeadUpdates } from './head-updates.js'
import type { IntentBook } from './intent-book.js'
import type { Journal } from './journal.js'
import type { Lanes } from './lanes.js'
import type { Misses } from './misses/misses.js'
import type { OutcomeTracker } from './outcome-tracker.js'
import { OfferPath } from './offer-path.js'
import { positionsOf, type TrackedIntent } from './records.js'
import { Rehearsal } from './rehearsal.js'
import type { FanOut } from './relays/fan-out.js'
import { Sender } from './sender.js'
import type { Simulator } from './simulate.js'
import { Simulations } from './simulations.js'

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

/** The door of this room: takes offers and heads, hears of others' liquidations, knows what is in flight, stops. */
export class Submitter {
  private readonly sender: Sender
  private readonly dryRun: DryRun
  private readonly simulations: Simulations
  private readonly heads: HeadUpdates
  private readonly rehearsal: Rehearsal
  private readonly path: OfferPath

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
    this.rehearsal = new Rehearsal(lanes.terms, this.simulations)
    const { sender, dryRun, simulations, heads } = this
    this.path = new OfferPath({ ...options, sender, dryRun, simulations, heads, now })
  }

  /** Before the first offer: tells the ledger what the journal holds, and reads the operator's nonce and receipts. */
  async start(head: Head): Promise<void> {
    this.options.tracker.repeat()
    await this.onHead(head)
  }

  /** Offers are taken one after the other. Resolves when the transaction is journalled and on its way, not when it landed. */
  offer(opportunity: Opportunity, head: Head): Promise<Refusal | TrackedIntent> {
    const { dryRun, submission } = this.options.lanes.options
    const canWait = opportunity.housekeeping === true || opportunity.atLoss === true
    return canWait && !dryRun && submission === 'bundle'
      ? this.offerRehearsed(opportunity, head)
      : this.path.offer(opportunity, head)
  }

  /**
   * Work that can wait, and what is taken at a loss, is run before it takes its turn, where a node can: a contract that fails, or burns gas, then costs neither
   * the reputation nor the failures (RELAY_FAILURE_BUDGET) that liquidations need.
   */
  private async offerRehearsed(opportunity: Opportunity, head: Head): Promise<Refusal | TrackedIntent> {
    const failed = await this.rehearsal.rehearse(opportunity, head)
    return failed === null || failed.code === 'not-simulated' ? this.path.offer(opportunity, head) : failed
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

  /** Intents whose nonce is gone without a receipt: a node that lags may still show that they landed. */
  unclear(): readonly TrackedIntent[] {
    const open = [...this.options.journal.state.open.values()]
    return open.filter(({ outcome }) => outcome?.outcome.kind === 'outbid' && outcome.outcome.by === null)
  }

  /** `market/position` that a dry run has counted; to be left out of further opportunities. */
  dryRunCounted(): ReadonlySet<string> {
    return this.dryRun.counted
  }

  /** Takes no more offers, waits for what is being sent and for the last reading, closes the journal. At most `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    const answered = this.path.stop()
    const timer = new AbortController()
    const tooLate = sleep(deadlineMs, undefined, { signal: timer.signal }).catch((error: unknown) => messageOf(error))
    await Promise.race([Promise.all([answered, this.heads.idle()]).then(() => this.sender.idle()), tooLate])
    timer.abort()
    for (const { intent, attempts } of this.inFlight()) {
      this.options.logger.info('left-in-flight', { intent: intent.id, nonce: intent.nonce, attempts: attempts.length })
    }
    this.options.journal.close()
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
