import type { Address } from '../domain/chain.js'
import { minOf } from '../domain/maths.js'
import { decide, type Decision, type Limits, type Policy } from './decide.js'
import type { Costs, Fair } from './expected-profit.js'
import type { Capital } from './protocol.js'
import { refKey, type AgentCall, type Auction, type AuctionVenue, type Snapshot, type Terms } from './venue.js'

export type ActionKind = 'settle' | 'bid' | 'start' | 'restart'

/** One step of a round: the calls that belong together, and what is expected of them. */
export interface Action {
  readonly kind: ActionKind
  /** `geb-debt/5`; the journal's name of the place. */
  readonly name: string
  readonly payToken: Address
  readonly getToken: Address
  /** What is bid and what would be won; for a settlement what was. */
  readonly terms: Terms
  /** Pay tokens: what the bid earns after all costs; for a settlement what it brings home. */
  readonly expected: bigint
  readonly calls: readonly AgentCall[]
  readonly gas: bigint
}

/** What was decided of one auction, for people and for the insurance view. */
export interface Note {
  readonly name: string
  readonly phase: string
  readonly decision: Decision
}

/** One venue at one block with our price of what it sells; `fair(behind)`: on top of so much of it. */
export interface VenueView<A extends Auction = Auction> {
  readonly venue: AuctionVenue<A>
  readonly snapshot: Snapshot<A>
  readonly fair: (behind: bigint) => Fair
  /** What the agent holds of the token that the venue sells. */
  readonly held: bigint
}

export interface RoundInput {
  /** Timestamp of the block that the round is for. */
  readonly now: bigint
  readonly us: Address
  readonly views: readonly VenueView[]
  readonly capital: Capital
  /** Pay tokens that may be spent now: free after confirmation depth, within the agent's limits. */
  readonly spendable: bigint
  readonly costs: Omit<Costs, 'bidGas' | 'settleGas'>
  readonly limits: Omit<Limits, 'available' | 'lockedNow'>
  readonly policy: Policy
  /** Whether debt auctions are started: never, when the first bid pays for it, or whatever it earns. */
  readonly kick: 'never' | 'if-profitable'
  /** What one transaction can buy is bought with a loan, by the executor, and is no part of the round. */
  readonly lent: boolean
  readonly maxGas: bigint
}

export interface Round {
  readonly actions: readonly Action[]
  readonly notes: readonly Note[]
  /** Pay tokens of all bids. */
  readonly pay: bigint
  readonly gas: bigint
  /** Bids of ours that stand, pay tokens. */
  readonly lockedNow: bigint
}

/** All decisions of one block, one behind the other: each bid lowers what is free and what the next lot is worth. Pure. */
export function planRound(input: RoundInput): Round {
  const plan = new Plan(input)
  for (const view of input.views) plan.settle(view)
  const bidIn = input.views.filter(({ venue }) => venue.bidsHere !== false)
  for (const view of bidIn) plan.bid(view)
  for (const view of bidIn) plan.start(view)
  return plan.result()
}

class Plan {
  private readonly actions: Action[] = []
  private readonly notes: Note[] = []
  private readonly behind = new Map<string, bigint>()
  private spent = 0n
  private gas = 0n
  /** Expected losses of this round's bids: they use up what backstop mode may lose. */
  private lost = 0n
  private locked: bigint

  constructor(private readonly input: RoundInput) {
    this.locked = 0n
    for (const { venue, snapshot, held } of input.views) {
      const led = snapshot.auctions.filter((auction) => this.isOurs(venue, auction))
      this.behind.set(venue.id, held + led.reduce((sum, auction) => sum + (venue.standing?.(auction).get ?? 0n), 0n))
      this.locked += led.reduce((sum, auction) => sum + (venue.standing?.(auction).pay ?? 0n), 0n)
    }
  }

  result(): Round {
    return { actions: this.actions, notes: this.notes, pay: this.spent, gas: this.gas, lockedNow: this.lockedBefore() }
  }

  settle({ venue, snapshot, fair }: VenueView): void {
    for (const auction of snapshot.auctions) {
      const phase = venue.phase(auction, this.input.now)
      if (!this.isOurs(venue, auction) || (phase !== 'settleable' && phase !== 'halted')) continue
      const terms = venue.standing?.(auction) ?? { pay: 0n, get: 0n }
      const expected = phase === 'halted' ? terms.pay : fair(0n).proceeds(terms.get)
      this.take('settle', auction, { terms, expected }, venue.encodeSettle(auction), venue.gas.settle)
    }
  }

  bid(view: VenueView): void {
    const { venue, snapshot } = view
    if (this.input.lent && venue.purchase !== undefined) return
    for (const auction of snapshot.auctions) {
      const phase = venue.phase(auction, this.input.now)
      if (phase === 'closed') continue
      if (snapshot.health.enabled && phase === 'restartable' && venue.restarted && venue.encodeRestart) {
        this.restart(view, auction)
        continue
      }
      const decision = snapshot.health.enabled ? this.decide(view, auction, 0n) : unhealthy(snapshot)
      this.note(auction, phase, decision)
      if (decision.act === 'bid')
        this.win('bid', auction, decision, venue.encodeBid(auction, decision.terms, this.input.us), venue.gas.bid)
    }
  }

  /** Pop, start and first bid belong together: who only starts an auction works for the next bidder. */
  start(view: VenueView): void {
    const { venue, snapshot } = view
    const { starting } = snapshot
    if (starting === null || this.input.kick === 'never' || !snapshot.health.enabled) return
    let preparation: readonly AgentCall[] = starting.preparation.flatMap(({ calls }) => calls)
    let extra = starting.preparation.reduce((sum, { gas }) => sum + gas, 0n)
    for (const auction of starting.auctions) {
      const gas = extra + starting.gasPerStart
      const decision = this.decide(view, auction, gas, true)
      this.note(auction, 'startable', decision)
      if (decision.act !== 'bid') return
      const calls = [...preparation, starting.start, ...venue.encodeBid(auction, decision.terms, this.input.us)]
      if (!this.win('start', auction, decision, calls, gas + venue.gas.bid)) return
      ;[preparation, extra] = [[], 0n]
    }
  }

  private restart(view: VenueView, auction: Auction): void {
    const { venue } = view
    const fresh = venue.restarted?.(auction, this.input.now)
    const restart = venue.encodeRestart?.(auction)
    if (fresh === undefined || restart === undefined) return
    const decision = this.decide(view, fresh, venue.gas.restart, true)
    this.note(auction, 'restartable', decision)
    if (decision.act !== 'bid') return
    const calls = [...restart, ...venue.encodeBid(fresh, decision.terms, this.input.us)]
    this.win('restart', auction, decision, calls, venue.gas.restart + venue.gas.bid)
  }

  /** `fresh`: we start it ourselves. To wait then is to work for the next bidder, whatever the style: it is bid in at once. */
  private decide({ venue, fair }: VenueView, auction: Auction, extraGas: bigint, fresh = false): Decision {
    const { now, costs, limits, spendable } = this.input
    const { style } = this.input.policy
    const policy: Policy = { ...this.input.policy, style: fresh && style !== 'step' ? 'preclude' : style }
    const gas = { bidGas: venue.gas.bid + extraGas, settleGas: venue.gas.settle }
    const available = spendable > this.spent ? spendable - this.spent : 0n
    const minProfit = limits.minProfit < 0n ? limits.minProfit + this.lost : limits.minProfit
    const bounds = {
      ...limits,
      minProfit,
      available,
      lockedNow: this.locked,
      maxPerAuction: minOf(limits.maxPerAuction, available),
    }
    return decide(venue, auction, now, fair(this.behind.get(venue.id) ?? 0n), { ...costs, ...gas }, bounds, policy)
  }

  private win(
    kind: ActionKind,
    auction: Auction,
    decision: Extract<Decision, { act: 'bid' }>,
    calls: readonly AgentCall[],
    gas: bigint,
  ): boolean {
    if (!this.take(kind, auction, decision, calls, gas)) return false
    const { pay, get } = decision.terms
    this.spent += pay
    if (decision.expected < 0n) this.lost -= decision.expected
    this.behind.set(auction.ref.venue, (this.behind.get(auction.ref.venue) ?? 0n) + get)
    if (auction.mechanism.startsWith('english')) this.locked += pay
    return true
  }

  /** False when the transaction is full. */
  private take(
    kind: ActionKind,
    { ref, payToken, getToken }: Auction,
    { terms, expected }: { readonly terms: Terms; readonly expected: bigint },
    calls: readonly AgentCall[],
    gas: bigint,
  ): boolean {
    if (this.gas + gas > this.input.maxGas) return false
    this.gas += gas
    this.actions.push({ kind, name: refKey(ref), payToken, getToken, terms, expected, calls, gas })
    return true
  }

  private note({ ref }: Auction, phase: string, decision: Decision): void {
    this.notes.push({ name: refKey(ref), phase, decision })
  }

  private lockedBefore(): bigint {
    return this.locked - this.actions.reduce((sum, { kind, terms }) => (kind === 'settle' ? sum : sum + terms.pay), 0n)
  }

  private isOurs(venue: AuctionVenue, auction: Auction): boolean {
    return auction.leader === this.input.us && venue.phase(auction, this.input.now) !== 'closed'
  }
}

const unhealthy = ({ health }: Snapshot): Decision => ({
  act: 'skip',
  reason: 'phase',
  why: health.reasons.join('; '),
})
