import type { Head } from '../domain/chain.js'
import { messageOf } from '../domain/errors.js'
import type { Opportunity } from '../domain/opportunity.js'
import type { Logger } from '../domain/ports.js'
import { refuse, type Refusal } from '../domain/refusal.js'
import { Beside } from './beside.js'
import { bidFor, type BidCaps } from './bid-terms.js'
import type { BidBook } from './bids/bid-book.js'
import { Dispatch, type DispatchOptions } from './dispatch.js'
import { Preparation, type PreparationOptions, type Prepared } from './preparation.js'
import type { TrackedIntent } from './records.js'
import { ReputationBudget } from './reputation-budget.js'
import { verdictOfSimulation, type Simulations } from './simulations.js'

export interface OfferPathOptions extends Omit<DispatchOptions, 'beside'>, Omit<PreparationOptions, 'memory'> {
  readonly simulations: Simulations
  readonly bidCaps: BidCaps
  /** What was learned of bids. */
  readonly bids: Pick<BidBook, 'bpsFor'>
  /** Bundles that may fail their simulation within an hour after they were sent. */
  readonly failureBudget: number
  readonly logger: Logger
}

/**
 * The hot path: bid, gate, place, sign, journal, hand to the relays; it waits for no receipt and no RPC. Where a revert costs
 * gas (no bundles) and in dry-run it waits for the simulation; with bundles the simulation runs beside the sending and corrects
 * the next block's attempt.
 */
export class OfferPath {
  private readonly preparation: Preparation
  private readonly beside: Beside
  private readonly dispatch: Dispatch
  private turn: Promise<unknown> = Promise.resolve()
  private stopping = false

  constructor(private readonly options: OfferPathOptions) {
    const { simulations, failureBudget, now } = options
    this.preparation = new Preparation({ ...options, memory: simulations.memory })
    this.beside = new Beside({ ...options, budget: new ReputationBudget(failureBudget, now) })
    this.dispatch = new Dispatch({ ...options, beside: this.beside })
  }

  /** One after the other. Resolves when the transaction is journalled and on its way, not when it landed. */
  offer(opportunity: Opportunity, head: Head): Promise<Refusal | TrackedIntent> {
    const mine = this.turn.then(() => this.take(opportunity, head))
    this.turn = mine.catch((error: unknown) => messageOf(error))
    return mine
  }

  /** Takes no more offers. Resolves when those that were taken have been answered. */
  stop(): Promise<unknown> {
    this.stopping = true
    return this.turn
  }

  private async take(opportunity: Opportunity, head: Head): Promise<Refusal | TrackedIntent> {
    const { lanes, dryRun, bids, bidCaps } = this.options
    if (lanes.options.dryRun && dryRun.isCounted(opportunity)) return dryRun.refusal(opportunity)
    const bidding = bidFor(opportunity, bids.bpsFor(opportunity), bidCaps)
    return 'code' in bidding ? bidding : this.takeAsBid(bidding, head)
  }

  private async takeAsBid(opportunity: Opportunity, head: Head): Promise<Refusal | TrackedIntent> {
    const { lanes, simulations } = this.options
    const { dryRun, submission } = lanes.options
    const prepared = this.prepare(opportunity, head)
    if ('code' in prepared) return prepared
    if (!dryRun && submission === 'bundle') {
      return this.beside.unprepared(opportunity, head) ?? this.dispatch.send(opportunity, head, prepared, null)
    }
    const first = await simulations.run(opportunity, head, prepared, null)
    const refusal = verdictOfSimulation(opportunity, first, !dryRun) ?? this.tooOld(head)
    if (refusal !== null) return refusal
    simulations.memory.keep(opportunity, head, first)
    // the simulation took its time: the switch may have been pulled, the head grown old, the lane been taken meanwhile
    const still = this.prepare(opportunity, head)
    return 'code' in still ? still : this.dispatch.send(opportunity, head, still, first)
  }

  /** What is sent where reverts are charged was simulated on the newest block or the one before it. */
  private tooOld(head: Head): Refusal | null {
    const number = this.options.heads.newestNumber
    if (number <= head.number + 1) return null
    return refuse('not-simulated', `simulated on block ${head.number}, the newest is ${number}`, String(head.number))
  }

  private prepare(opportunity: Opportunity, head: Head): Prepared | Refusal {
    if (this.stopping) return refuse('lane-busy', 'the keeper is stopping')
    return this.preparation.of(opportunity, head, this.options.heads.receivedAtMs(head))
  }
}
