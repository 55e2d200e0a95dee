import type { Address, Hex } from '../../src/domain/chain.js'
import type { Market, PositionId, Token } from '../../src/domain/market.js'
import type { MarketState } from '../../src/domain/strategy.js'
import type { ClipTerms, Sale } from './clip.js'
import type { BarkTerms, Urn } from './dog.js'

/** What liquidations and auctions of one ilk turn on beside vault and sale, as Vat, Dog, Clip and Spotter hold it. */
export interface MakerParameters extends BarkTerms, ClipTerms {
  /** Ray: the Spotter's liquidation ratio, by which the poked `spot` tells the price behind it. */
  readonly mat: bigint
  /** The curve's own contract answers as `calc` says; where it does not, no price of ours is exact and nothing is bought. */
  readonly curveKnown: boolean
  /** The curve's contract. */
  readonly curve: Address
  /** False after the Dog's shutdown. */
  readonly live: boolean
}

/** A running auction and the vault it came from. */
export interface RunningSale extends Sale {
  readonly usr: Address
}

/** The replica of one ilk. A vault with neither collateral nor debt is not kept. */
export class MakerState implements MarketState {
  readonly urns = new Map<PositionId, Urn>()
  /** Running auctions by their number in the Clipper. */
  sales: ReadonlyMap<bigint, RunningSale> = new Map()
  /** Parameters or auctions that an event only announced: read again by `refresh`. */
  stale = false

  constructor(
    readonly market: Market,
    readonly ilk: Hex,
    public parameters: MakerParameters,
    readonly collateral: Token,
  ) {}
}

const SALE = 'sale:'

/** A running auction, seen as a position: it can be bought from whenever it needs no reset. */
export const saleId = (id: bigint): PositionId => `${SALE}${String(id)}`

/** The number of a running auction's position; null for a vault. */
export function saleNumber(id: PositionId): bigint | null {
  const digits = id.startsWith(SALE) ? id.slice(SALE.length) : ''
  return /^\d{1,78}$/.test(digits) ? BigInt(digits) : null
}
