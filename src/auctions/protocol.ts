import type { Address, BlockRef, Hex, Reader } from '../domain/chain.js'
import type { Market } from '../domain/market.js'
import type { Opening } from '../domain/strategy.js'
import type { AgentNeeds } from './agent-needs.js'
import type { AgentCall, Auction, AuctionVenue } from './venue.js'

/** Pay tokens that the agent can bid with: in its wallet, and inside the protocol's own books (rounded down). */
export interface Capital {
  readonly wallet: bigint
  readonly internal: bigint
}

/** A change of somebody's balance inside a protocol's books, as a log tells it; `token` names the kind of balance. */
export interface Movement {
  readonly token: Address
  readonly from: Address
  readonly to: Address
  readonly amount: bigint
}

export interface LogLike {
  readonly address: Address
  readonly topics: readonly Hex[]
  readonly data: Hex
}

/** A balance inside a protocol's books: what it is a form of, and how many of its units make one raw unit of that token. */
export interface InternalToken {
  readonly token: Address
  readonly symbol: string
  readonly decimals: number
  readonly of: Address
  readonly unit: bigint
  /** What lies in auctions as our bids. */
  readonly claims?: true
}

/** What a protocol's recapitalisation looks like to the agent: its venues and its books. */
export interface RefillProtocol {
  readonly strategy: string
  readonly venues: readonly AuctionVenue[]
  payToken(market: Market): { readonly address: Address; readonly symbol: string; readonly decimals: number }
  capital(reader: Reader, market: Market, us: Address, block: BlockRef): Promise<Capital>
  /** What an agent at `agent` must be allowed, hold and have granted for this market. */
  agentNeeds(market: Market, agent: Address): AgentNeeds
  /** What the market file names and the protocol no longer goes by: a line each, with what to do. Rejects as reading does. */
  misfits?(reader: Reader, market: Market, block: BlockRef): Promise<readonly string[]>
  /** Puts `amount` pay tokens of the wallet into the protocol's books. */
  encodeJoin(market: Market, us: Address, amount: bigint): readonly AgentCall[]
  /**
   * The auction of one venue that this liquidation leads to, and how many of it; null where it leads to none. `template` is
   * that venue's.
   */
  prospect(
    opening: Opening,
    venue: string,
    template: Auction,
  ): { readonly auction: Auction; readonly count: bigint } | null
  /** Balances that no ERC-20 transfer tells: internal coins and collateral, and what lies in auctions as our bid. */
  internalTokens(market: Market): readonly InternalToken[]
  /** Movements of those, by the logs of one transaction in their order. */
  movements(market: Market): (logs: readonly LogLike[]) => readonly Movement[]
  /** Events after which somebody else's transaction may have moved something of ours. */
  touching(market: Market): { readonly addresses: readonly Address[]; readonly topic0: readonly Hex[] }
}
