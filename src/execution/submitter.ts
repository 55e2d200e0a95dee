import { setTimeout as sleep } from 'node:timers/promises'
import type { Head, Hex } from '../domain/chain.js'
import { KeeperError, messageOf } from '../domain/errors.js'
import { MAX_UINT256 } from '../domain/maths.js'
import type { Intent, Opportunity } from '../domain/opportunity.js'
import type { Logger, Metrics } from '../domain/ports.js'
import type { Refusal } from '../domain/refusal.js'
import { refuse } from '../domain/refusal.js'
import type { LiquidationEvent } from '../domain/strategy.js'
import type { RiskGate } from '../risk/risk-gate.js'
import { DryRun, simulatedFigures } from './dry-run.js'
import { encodeOrder } from './executor/encode.js'
import type { Fees } from './fees.js'
import { nextBaseFee } from '../domain/base-fee.js'
import type { IntentBook } from './intent-book.js'
import type { Journal } from './journal.js'
import type { Lane, Placement, SignedAttempt } from './lane.js'
import { isPlacementRefused } from './lane.js'
import type { OutcomeTracker } from './outcome-tracker.js'
import type { TrackedIntent } from './records.js'
import { deadlineOf } from './records.js'
import type { FanOut } from './relays/fan-out.js'
import { Sender } from './sender.js'
import type { Simulated, Simulator } from './simulate.js'
import { SimulationMemory } from './simulation-memory.js'

export interface SubmitterOptions {
  readonly lane: Lane
  readonly tracker: OutcomeTracker
  readonly relays: FanOut
  readonly journal: Journal
  readonly gate: Pick<RiskGate, 'ask' | 'killed' | 'kill'>
  readonly book: IntentBook
  /** Null where nothing can simulate: the profit room's figures then stand. */
  readonly simulate: Simulator | null
  readonly logger: Logger
  readonly metrics: Metrics
  /** Off for chains whose clock is not the world's (a devnet). */
  readonly clockIsOurs: boolean
  readonly nowMs?: () => number
}

interface Prepared {
  readonly placement: Placement
  readonly data: Hex
  readonly fees: Fees
  readonly limit: bigint
}

/**
 * The door of this room. `offer` is the hot path: gate, place, sign, journal, hand to the relays; it waits for no receipt
 * and no RPC. Where a revert costs gas (no bundles) and in dry-run it waits for the simulation; with bundles the simulation
 * runs beside the sending and corrects the next block's attempt.
 */
export class Submitter {
  private readonly sender: Sender
  private readonly dryRun: DryRun
  private readonly memory = new SimulationMemory()
  private turn: Promise<unknown> = Promise.resolve()
  private updating: Promise<void> = Promise.resolve()
  private waiting: Head | null = null
  private headSeen = { hash: '', atMs: 0 }
  private stopping = false

  constructor(private readonly options: SubmitterOptions) {
    this.sender = new Sender(options.relays, options.book, options.logger)
    this.dryRun = new DryRun(options.book, options.logger, () => this.now())
  }

  /** Before the first offer: tells the ledger what the journal holds, and reads the operator's nonce and receipts. */
  async start(head: Head): Promise<void> {
    this.options.tracker.repeat()
    await this.onHead(head)
  }

  /** Offers are taken one after the other. Resolves when the transaction is journalled and on its way, not when it landed. */
  offer(opportunity: Opportunity, head: Head): Promise<Refusal | Intent> {
    const mine = this.turn.then(() => this.take(opportunity, head))
    this.turn = mine.catch((error: unknown) => messageOf(error))
    return mine
  }

  /**
   * To be called for every head: reads what became of the intents (coalesced to the newest head), obeys the kill switch.
   * `receivedAtMs`: when the head was first seen, where the caller knows it.
   */
  onHead(head: Head, receivedAtMs = this.now()): Promise<void> {
    if (this.headSeen.hash !== head.hash) this.headSeen = { hash: head.hash, atMs: receivedAtMs }
    if (this.options.gate.killed() !== null) this.sender.cancel(this.inFlight())
    const idle = this.waiting === null
    this.waiting = head
    if (idle) this.updating = this.updating.then(() => this.update())
    return this.updating
  }

  /** A liquidation seen on chain, anybody's: an intent of ours for that position that stays unmined was outbid. */
  onLiquidation(event: LiquidationEvent): void {
    this.options.tracker.rivalSeen(event.market, event.position, event.liquidator)
  }

  /** Pulls the kill switch and asks the relays to forget what is out. */
  kill(why: string): void {
    this.options.gate.kill(why)
    this.sender.cancel(this.inFlight())
  }

  inFlight(): readonly TrackedIntent[] {
    return this.options.lane.inFlight()
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
    await Promise.race([Promise.all([this.turn, this.updating]).then(() => this.sender.idle()), tooLate])
    timer.abort()
    for (const { intent, attempts } of this.inFlight()) {
      this.options.logger.info('left-in-flight', { intent: intent.id, nonce: intent.nonce, attempts: attempts.length })
    }
    this.options.journal.close()
  }

  private async update(): Promise<void> {
    const newest = this.waiting
    this.waiting = null
    if (newest === null) return
    if (!this.options.lane.options.dryRun) await this.options.tracker.update(newest)
    try {
      this.options.journal.compactIfGrown()
    } catch (error) {
      this.options.logger.warn('journal-compaction', { error: messageOf(error) })
    }
  }

  private async take(opportunity: Opportunity, head: Head): Promise<Refusal | Intent> {
    const { lane, simulate, metrics } = this.options
    const { dryRun, submission } = lane.options
    if (dryRun && this.dryRun.isCounted(opportunity)) return this.dryRun.refusal(opportunity)
    const prepared = this.prepare(opportunity, head)
    if ('code' in prepared) return prepared
    const first = dryRun || submission !== 'bundle' ? await this.simulate(opportunity, head, prepared, null) : null
    if (first?.kind === 'reverted') return refuse('simulation-failed', first.reason)
    if (first?.kind === 'healthy') return refuse('healthy', 'somebody else was faster')
    // the simulation took its time: the switch may have been pulled, the head grown old, the lane been taken meanwhile
    const still = first === null ? prepared : this.prepare(opportunity, head)
    if ('code' in still) return still
    const exact = dryRun ? simulatedFigures(opportunity, first, still.fees, head) : opportunity
    const signed = await this.sign(exact, head, still, first)
    if (signed === null) return refuse('lane-busy', 'this block has its attempt, or the chain moved on meanwhile')
    if ('code' in signed) return signed
    if (dryRun) return this.dryRun.record(exact, signed)
    this.sender.send(signed)
    if (this.headSeen.hash === head.hash)
      metrics.observe('send_seconds', (this.now() - this.headSeen.atMs) / 1000, { path: submission })
    if (simulate !== null && first === null) {
      const beside = this.simulate(opportunity, head, prepared, signed.raw)
      this.sender.track(beside.then((result) => this.memory.keep(opportunity, head, result)))
    }
    metrics.count('attempts', { kind: signed.isNew ? 'new' : 'refresh' })
    return this.intentOf(signed.intent.id, opportunity)
  }

  /** Everything that can say no, and the figures to sign with. Synchronous. */
  private prepare(opportunity: Opportunity, head: Head): Prepared | Refusal {
    const { lane, gate, relays, tracker } = this.options
    const { dryRun } = lane.options
    if (this.stopping) return refuse('lane-busy', 'the keeper is stopping')
    if (!dryRun && relays.relays.length === 0) {
      return refuse('no-private-path', 'no private endpoint is configured; nothing is sent in public')
    }
    const placement = lane.place(opportunity, head)
    if (isPlacementRefused(placement)) return placement
    const failure = this.memory.failure(opportunity, head)
    if (failure !== null) return refuse('simulation-failed', failure)
    const fees = lane.feesOf(opportunity, head, placement)
    const excess = lane.tipExcessOf(opportunity, fees)
    if (excess > opportunity.netWei) {
      const detail = `replacing what is out takes ${excess} wei of tip above the bid, more than the gain of ${opportunity.netWei} wei`
      return refuse('fee-share', detail, excess.toString())
    }
    const limit = lane.gasLimitOf(opportunity, this.memory.gasUsed(opportunity))
    const refusal = gate.ask(opportunity, {
      nowMs: this.now(),
      head,
      headReceivedAtMs: this.headSeen.hash === head.hash ? this.headSeen.atMs : this.now(),
      clockIsOurs: this.options.clockIsOurs,
      // a throw-away sender is given gas money by state override
      operatorBalanceWei: dryRun ? MAX_UINT256 : tracker.balanceWei,
      gasLimit: limit,
      maxFeePerGas: fees.maxFeePerGas,
      gasPriceWei: nextBaseFee(head) + fees.maxPriorityFeePerGas,
      revertsAreCharged: lane.options.submission !== 'bundle',
    })
    if (refusal !== null) return refusal
    return { placement, fees, limit, data: encodeOrder(opportunity.order) }
  }

  private async sign(
    opportunity: Opportunity,
    head: Head,
    { placement, data, fees, limit }: Prepared,
    first: Simulated | null,
  ): Promise<SignedAttempt | Refusal | null> {
    const { lane, relays } = this.options
    const exact = first?.kind === 'done' ? lane.gasLimitOf(opportunity, first.gasUsed) : limit
    try {
      return await lane.sign(placement, opportunity, head, data, { limit: exact, fees }, relays.names)
    } catch (error) {
      if (error instanceof KeeperError && error.code === 'journal-write') return refuse('lane-busy', error.message)
      throw error
    }
  }

  private async simulate(
    opportunity: Opportunity,
    head: Head,
    prepared: Prepared,
    raw: Hex | null,
  ): Promise<Simulated> {
    const { simulate, metrics, logger } = this.options
    if (simulate === null) return { kind: 'unavailable', why: 'no simulator is configured' }
    const { key, executor, maxTransactionGas } = this.options.lane.options
    const { data, fees } = prepared
    const started = this.now()
    const result = await simulate({ from: key.address, executor, data, gasLimit: maxTransactionGas, fees, head, raw })
    metrics.count('simulations', { outcome: result.kind })
    metrics.observe('simulation_seconds', (this.now() - started) / 1000)
    if (result.kind === 'unavailable')
      logger.warn('simulation', { opportunity: opportunity.id, unavailable: result.why })
    if (result.kind === 'reverted') logger.warn('simulation', { opportunity: opportunity.id, reason: result.reason })
    return result
  }

  private intentOf(id: string, opportunity: Opportunity): Intent {
    const tracked = this.options.journal.state.open.get(id)
    if (tracked === undefined) throw new KeeperError('intent-lost', `the journal has lost intent ${id}`)
    const { chainId, operator, nonce } = tracked.intent
    return {
      id,
      chainId,
      operator,
      nonce,
      deadlineBlock: deadlineOf(tracked).block,
      opportunity,
      attempts: tracked.attempts,
    }
  }

  private now(): number {
    return (this.options.nowMs ?? Date.now)()
  }
}
