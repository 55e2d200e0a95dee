import { dearestBaseFee } from '../domain/base-fee.js'
import type { Head, Hex } from '../domain/chain.js'
import { MAX_UINT256 } from '../domain/maths.js'
import type { Opportunity } from '../domain/opportunity.js'
import { refuse, type Refusal } from '../domain/refusal.js'
import type { RiskGate } from '../risk/risk-gate.js'
import { encodeOrder } from './executor/encode.js'
import type { Fees } from './fees.js'
import { isPlacementRefused, type Lanes, type Placement } from './lanes.js'
import type { OutcomeTracker } from './outcome-tracker.js'
import type { FanOut } from './relays/fan-out.js'
import type { SimulationMemory } from './simulation-memory.js'

/** Everything that is signed, decided and computed. */
export interface Prepared {
  readonly placement: Placement
  readonly data: Hex
  readonly fees: Fees
  readonly limit: bigint
}

export interface PreparationOptions {
  readonly lanes: Lanes
  readonly gate: Pick<RiskGate, 'ask'>
  readonly relays: FanOut
  readonly tracker: Pick<OutcomeTracker, 'balanceOf'>
  readonly memory: SimulationMemory
  /** Off for chains whose clock is not the world's (a devnet). */
  readonly clockIsOurs: boolean
  readonly now: () => number
}

/** Everything that can say no before a signature, and the figures to sign with. Synchronous. */
export class Preparation {
  constructor(private readonly options: PreparationOptions) {}

  of(opportunity: Opportunity, head: Head, headReceivedAtMs: number): Prepared | Refusal {
    const { lanes, gate, relays, tracker, memory } = this.options
    const { dryRun, submission } = lanes.options
    if (!dryRun && relays.relays.length === 0) {
      return refuse('no-private-path', 'no private endpoint is configured; nothing is sent in public')
    }
    const noWay = dryRun ? null : this.noWayBehind(opportunity)
    if (noWay !== null) return noWay
    const placement = lanes.place(opportunity, head, (operator) => tracker.balanceOf(operator))
    if (isPlacementRefused(placement)) return placement
    const failure = memory.failure(opportunity, head)
    if (failure !== null) return refuse('simulation-failed', failure)
    const previous = placement.kind === 'refresh' ? (placement.tracked.attempts.at(-1) ?? null) : null
    const fees = lanes.terms.feesOf(opportunity, head, previous)
    const excess = lanes.terms.tipExcessOf(opportunity, fees)
    // a run that is meant to lose (backstop mode) has no gain to compare with, and nothing to replace
    if (excess > 0n && excess > opportunity.netWei) {
      const detail = `replacing what is out takes ${excess} wei of tip above the bid, more than the gain of ${opportunity.netWei} wei`
      return refuse('fee-share', detail, excess.toString())
    }
    const limit = lanes.terms.gasLimitOf(opportunity, memory.gasUsed(opportunity))
    const refusal = gate.ask(opportunity, {
      nowMs: this.options.now(),
      head,
      headReceivedAtMs,
      clockIsOurs: this.options.clockIsOurs,
      // a throw-away sender is given gas money by state override
      operatorBalanceWei: dryRun ? MAX_UINT256 : tracker.balanceOf(placement.lane.operator),
      gasLimit: limit,
      maxFeePerGas: fees.maxFeePerGas,
      dataFeeWei: opportunity.dataWei ?? 0n,
      gasPriceWei: dearestBaseFee(head, submission) + fees.maxPriorityFeePerGas,
      revertsAreCharged: submission !== 'bundle',
    })
    if (refusal !== null) return refusal
    return { placement, fees, limit, data: opportunity.call?.data ?? encodeOrder(opportunity.order) }
  }

  /** What follows somebody's transaction goes nowhere but in one bundle with it. */
  private noWayBehind({ behind }: Opportunity): Refusal | null {
    const { lanes, relays } = this.options
    if (behind === undefined) return null
    if (lanes.options.submission !== 'bundle') {
      return refuse(
        'no-private-path',
        'without bundles nothing can follow another transaction; its round is waited for',
      )
    }
    if (behind.kind === 'transmit' || relays.takesHints(behind.auction)) return null
    return refuse('no-private-path', `no relay of RELAY_URLS takes hints of ${behind.auction}`, behind.auction)
  }
}
