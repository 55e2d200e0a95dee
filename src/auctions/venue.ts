import type { Address, BlockRef, Hex, Reader } from '../domain/chain.js'
import type { Market } from '../domain/market.js'
import type { Refusal } from '../domain/refusal.js'
import type { Plan } from '../domain/plan.js'
import type { MarketState, Opening } from '../domain/strategy.js'

/** `dutch`: the price falls by itself · `fixed-discount`: a store front · the English ones: bidders outbid each other. */
export type Mechanism = 'dutch' | 'fixed-discount' | 'english-lot-down' | 'english-bid-up'

/** What an auction allows at one moment; `halted`: the house is shut down and gives the leader the bid back. */
export type Phase = 'open' | 'leading' | 'settleable' | 'restartable' | 'closed' | 'halted'

export interface Ref {
  readonly venue: string
  readonly house: Address
  readonly id: string
}

/** What changes hands if the bid wins, raw token units. */
export interface Terms {
  readonly pay: bigint
  readonly get: bigint
  /** Most that the call names as payment, where that may be more than is paid. */
  readonly limit?: bigint
}

/** One auction as it was at `asOf`; what the venue needs beside this to quote exactly is in its own type. */
export interface Auction {
  readonly ref: Ref
  readonly mechanism: Mechanism
  readonly payToken: Address
  readonly getToken: Address
  /** Who gets the lot if nobody bids again; null where nobody has bid. */
  readonly leader: Address | null
  /** Unix seconds; null where there is none (yet). */
  readonly bidExpiry: bigint | null
  readonly deadline: bigint | null
  readonly asOf: BlockRef
}

export interface AgentCall {
  readonly to: Address
  readonly data: Hex
}

/** Capital that a bid takes: `atomic` comes back within the transaction, else it is away until `lockedUntil` at worst. */
export interface Funding {
  readonly token: Address
  readonly amount: bigint
  readonly atomic: boolean
  readonly lockedUntil: bigint | null
}

export type UpkeepKind = 'poke' | 'queue-pop' | 'heal' | 'start' | 'restart'

/** A step anybody may take that is no bid. */
export interface Upkeep {
  readonly kind: UpkeepKind
  /**
   * What the journal and people call it: `queue/1700000000`. A poke's says on which state it is made, so that the same name again
   * means that the one before changed nothing.
   */
  readonly name: string
  readonly calls: readonly AgentCall[]
  /** Unix seconds. */
  readonly notBefore: bigint
  readonly gas: bigint
  /** Debt that it makes auctionable, in pay tokens, rounded down. */
  readonly unlocks: bigint
}

/** Whether the protocol's auctions work at all, and what our own agent lacks. */
export interface Health {
  readonly enabled: boolean
  readonly reasons: readonly string[]
}

/** How auctions are started, where the venue lets anybody do it; in the order in which the calls must come. */
export interface Starting<A extends Auction = Auction> {
  /** Calls that make debt auctionable first: pop and settle. */
  readonly preparation: readonly Upkeep[]
  /** The auctions that would stand after each start, one after the other, as if started at the asked time. */
  readonly auctions: readonly A[]
  readonly start: AgentCall
  readonly gasPerStart: bigint
}

/** The protocol's books for people. Pay tokens, rounded down. */
export interface Reserves {
  readonly surplus: bigint
  readonly queuedDebt: bigint
  readonly auctionableDebt: bigint
  readonly onAuctionDebt: bigint
  /** Everything the protocol owes itself, in its own finest unit (GEB: rad). */
  readonly badDebt: bigint
}

/** A price that the protocol counts only once somebody has told it to, and what would hold then. */
export interface Poke<A extends Auction = Auction> {
  /** Its calls; `notBefore` is when the protocol takes them. */
  readonly upkeep: Upkeep
  /** True where it should be done also if it makes nothing liquidatable: a price waits, or the one that counts is off. */
  readonly overdue: boolean
  /** An auction as one would begin behind it. */
  readonly template: A
  /** Liquidations that are possible behind it, the largest debts first; without those that somebody may rescue. Pure. */
  opened(state: MarketState): readonly Opening[]
}

/** Everything of a venue at one block. */
export interface Snapshot<A extends Auction = Auction> {
  readonly health: Health
  readonly auctions: readonly A[]
  readonly starting: Starting<A> | null
  /** An auction as one would begin now, for asking what a liquidation may lead to. */
  readonly template: A
  /** Debt that waits, with the time from which it can be made auctionable. */
  readonly maturing: readonly { readonly debt: bigint; readonly at: bigint }[]
  /** Null where another venue of the protocol tells them. */
  readonly reserves: Reserves | null
  /** Absent or null: every price counts as it is, or nothing new can be told yet. */
  readonly poke?: Poke<A> | null
}

/**
 * One kind of auction of one protocol. `open` remembers what was found, so that a block costs few reads; everything else is
 * pure. `t`: timestamp of the block in which the transaction would run. Null terms mean that the contract would revert.
 */
export interface AuctionVenue<A extends Auction = Auction> {
  readonly id: string
  readonly mechanism: Mechanism
  /** False: the agent does not bid here; what is sold is bought by plans of the strategy, or only shown. Absent: it does. */
  readonly bidsHere?: false
  open(market: Market, us: Address): VenueReader<A>
  phase(auction: A, t: bigint): Phase
  /** The terms of buying for at most `cap` at `t`; exact, as the contract rounds. */
  quote(auction: A, t: bigint, cap?: bigint): Terms | null
  /** English: the best terms that would still be a legal next bid. */
  nextStep(auction: A, t: bigint): Terms | null
  /** English: by how much each bid must lower the lot, wad (1.05e18 is 5 %). */
  decreaseOf?(auction: A): bigint
  /** English: what the standing bid pays and gets. */
  standing?(auction: A): Terms
  funding(auction: A, terms: Terms, t: bigint): Funding
  encodeBid(auction: A, terms: Terms, us: Address): readonly AgentCall[]
  /**
   * Buying within one transaction, which a loan can pay for: a plan of the market's strategy, exact at `t`, or why nothing can
   * be bought. Absent where a bid stays locked.
   */
  purchase?(auction: A, market: Market, t: bigint): Plan | Refusal
  /** Gives the lot to the leader; in a house that is shut down, the bid back. */
  encodeSettle(auction: A): readonly AgentCall[]
  /** An auction without a bid as `encodeRestart` would leave it at `t`; absent where there is no restart. */
  restarted?(auction: A, t: bigint): A
  encodeRestart?(auction: A): readonly AgentCall[]
  readonly gas: { readonly bid: bigint; readonly settle: bigint; readonly restart: bigint }
}

export interface VenueReader<A extends Auction = Auction> {
  /** All reads at one block. */
  at(reader: Reader, block: BlockRef, t: bigint): Promise<Snapshot<A>>
}

export const refKey = ({ venue, id }: Ref): string => `${venue}/${id}`
