import type { Address, BlockRef, Reader } from '../domain/chain.js'
import type { Market, Token } from '../domain/market.js'
import type { DecisionRow, Opinion } from './insurance.js'

/** One collateral that a protocol sells for its base token at a fixed discount. */
export interface ShelfStock {
  readonly token: Token
  /** How the keeper calls it as a position. */
  readonly position: string
  /** What there is, raw units, and the base tokens that all of it costs. */
  readonly amount: bigint
  readonly pay: bigint
}

/** A protocol's reserves and what it sells from absorbed positions until they reach their target. */
export interface StoreFront {
  readonly base: Token
  /** Raw units of base; negative where absorbed debt was more than all that was put aside. */
  readonly reserves: bigint
  readonly target: bigint
  readonly forSale: boolean
  /** Why nobody may absorb or buy, one line each. */
  readonly reasons: readonly string[]
  readonly stock: readonly ShelfStock[]
}

/** Of a protocol that absorbs bad debt into its own reserves and has no auctions. */
export type StoreFrontReader = (reader: Reader, market: Market, block: BlockRef) => Promise<StoreFront>

/** One store front as `keeper insurance --json` prints it: amounts as decimal strings of raw units. */
export interface StoreFrontRow {
  readonly market: string
  readonly token: Address
  readonly symbol: string
  readonly decimals: number
  readonly reserves: string
  readonly target: string
  readonly forSale: boolean
  readonly reasons: readonly string[]
  readonly stock: readonly ShelfRow[]
}

export interface ShelfRow {
  readonly token: Address
  readonly symbol: string
  readonly decimals: number
  readonly amount: string
  readonly pay: string
  /** What pools pay for all of it, base tokens; null where none does. */
  readonly fair: string | null
  readonly decision: DecisionRow | null
}

export const storeFrontRow = (
  market: string,
  { base, reserves, target, forSale, reasons, stock }: StoreFront,
  opinion: Opinion,
): StoreFrontRow => ({
  ...{ market, token: base.address, symbol: base.symbol, decimals: base.decimals },
  ...{ reserves: reserves.toString(), target: target.toString(), forSale, reasons },
  stock: stock.map(({ token, position, amount, pay }) => ({
    ...{ token: token.address, symbol: token.symbol, decimals: token.decimals },
    ...{ amount: amount.toString(), pay: pay.toString() },
    fair: opinion.fair(token.address, amount)?.toString() ?? null,
    decision: opinion.decision(position),
  })),
})
