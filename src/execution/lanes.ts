import type { Address, Head } from '../domain/chain.js'
import type { Opportunity } from '../domain/opportunity.js'
import { refuse, type Refusal } from '../domain/refusal.js'
import { Lane, type LaneOptions, type Place } from './lane.js'
import type { OperatorKey } from './operator-key.js'
import type { OutcomeRecord, TrackedIntent } from './records.js'
import { positionsOf } from './records.js'
import { Terms } from './terms.js'

export interface LanesOptions extends Omit<LaneOptions, 'key'> {
  /** At least one; each sends one intent at a time. */
  readonly keys: readonly OperatorKey[]
  /** Kept for work that can wait, never for a liquidation: a race must not stand behind it. */
  readonly housekeeping?: OperatorKey | null
  /** Buys and liquidates for us beside the executor. */
  readonly agent?: Address | null
}

/** A place in one operator's lane. */
export type Placement = Place & { readonly lane: Lane }

export const isPlacementRefused = (value: Placement | Refusal): value is Refusal => 'code' in value

/**
 * The lanes of all operators over one journal.
 * 1. An opportunity that shares a position with an intent in flight goes to that intent's lane and to no other.
 * 2. One that shares positions with intents of two lanes goes nowhere as it is: it must be taken apart.
 * 3. Any other goes to the richest free lane.
 * 4. Work that can wait goes to the lane that is kept for it and to no other.
 * 5. What is taken at a loss leaves one lane free for what pays, where there is more than one.
 */
export class Lanes {
  readonly terms: Terms
  readonly lanes: readonly Lane[]
  /** The lane of work that can wait, where one is configured. */
  readonly housekeeping: Lane | null

  constructor(readonly options: LanesOptions) {
    const { keys, housekeeping = null, ...common } = options
    this.terms = new Terms(options)
    this.lanes = keys.map((key) => new Lane({ ...common, key }))
    this.housekeeping = housekeeping === null ? null : new Lane({ ...common, key: housekeeping })
  }

  /** Transactions that may be on their way at the same time; the lane for housekeeping is none of them. */
  get count(): number {
    return this.lanes.length
  }

  get operators(): readonly Address[] {
    return this.all.map(({ operator }) => operator)
  }

  /** Who signs where it does not matter who does: simulations. */
  get firstOperator(): Address {
    const [first] = this.lanes
    if (first === undefined) throw new RangeError('a keeper has at least one operator')
    return first.operator
  }

  /** Who acts for us on the chain: what they liquidate or buy is no rival's. */
  isOurs(account: Address): boolean {
    return account === this.options.executor || account === this.options.agent
  }

  /** False where the contract may see another chain's block numbers: there only the time of a deadline counts. */
  get numbersAreOurs(): boolean {
    return this.options.submission === 'bundle'
  }

  /** Takes over what the chain said at `head`; `nonces` has every operator. */
  settle(head: Head, nonces: ReadonlyMap<Address, number>, mayStillLand: readonly TrackedIntent[]): void {
    for (const lane of this.all) {
      const nonce = nonces.get(lane.operator)
      if (nonce === undefined) continue
      const own = mayStillLand.filter(({ intent }) => intent.operator === lane.operator)
      lane.settle(head, nonce, own)
    }
  }

  /** Intents of which a transaction can still be mined. */
  inFlight(): readonly TrackedIntent[] {
    return this.all.flatMap((lane) => lane.inFlight())
  }

  /** Rules 1 to 5; `balanceOf` ranks free lanes. No I/O. */
  place(opportunity: Opportunity, head: Head, balanceOf: (operator: Address) => bigint | null): Placement | Refusal {
    if (opportunity.housekeeping === true) return this.placeHousekeeping(opportunity, head)
    const places = new Set(positionsOf(opportunity.legs))
    const holding = this.lanes.filter((lane) => lane.holds(places, head))
    if (holding.length > 1) {
      const detail = `its positions are in flight on ${holding.length} lanes: each goes alone`
      return refuse('lanes-split', detail, String(holding.length))
    }
    if (opportunity.atLoss === true && holding.length === 0 && this.lanes.length > 1) {
      const free = this.lanes.filter((lane) => !('code' in lane.place(opportunity, head)))
      if (free.length < 2) return refuse('lane-busy', 'the last free lane is kept for what pays')
    }
    let busy: Refusal | null = null
    const ranked = holding.length === 1 ? holding : this.byWealth(balanceOf)
    for (const lane of ranked) {
      const place = lane.place(opportunity, head)
      if (!('code' in place)) return { ...place, lane }
      busy ??= place
    }
    const { length } = this.lanes
    if (busy === null) return refuse('lane-busy', 'no operator is configured')
    return length === 1 || holding.length === 1
      ? busy
      : { ...busy, detail: `all ${length} lanes are busy; the first: ${busy.detail}` }
  }

  private placeHousekeeping(opportunity: Opportunity, head: Head): Placement | Refusal {
    const lane = this.housekeeping
    if (lane === null)
      return refuse(
        'lane-busy',
        'no key is kept for work that can wait: mark one with the word housekeeping in OPERATOR_KEYS_FILE',
      )
    const place = lane.place(opportunity, head)
    return 'code' in place ? place : { ...place, lane }
  }

  release(tracked: TrackedIntent, why: string): OutcomeRecord | null {
    const lane = this.all.find(({ operator }) => operator === tracked.intent.operator)
    return lane === undefined ? null : lane.release(tracked, why)
  }

  private get all(): readonly Lane[] {
    return this.housekeeping === null ? this.lanes : [...this.lanes, this.housekeeping]
  }

  private byWealth(balanceOf: (operator: Address) => bigint | null): readonly Lane[] {
    if (this.lanes.length === 1) return this.lanes
    const wealth = new Map(this.lanes.map((lane) => [lane, balanceOf(lane.operator) ?? 0n]))
    const of = (lane: Lane): bigint => wealth.get(lane) ?? 0n
    return [...this.lanes].sort((a, b) => (of(a) < of(b) ? 1 : of(a) > of(b) ? -1 : 0))
  }
}
