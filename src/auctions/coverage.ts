import type { Address, BlockRef, Reader } from '../domain/chain.js'
import type { Market, Token } from '../domain/market.js'

/** A staked token that covers a reserve, and what lies in it. */
export interface StakeCoverage {
  readonly address: Address
  readonly symbol: string
  /** What is staked, and how much of it, raw units. */
  readonly asset: Address
  readonly assets: bigint
  readonly decimals: number
}

/** Debt without collateral of one reserve and what is staked against it, raw units of the reserve's token. */
export interface ReserveCoverage {
  readonly token: Token
  readonly deficit: bigint
  /** Of the deficit: what is not covered by stakers, and what was taken from them and not yet paid in. */
  readonly offset: bigint
  readonly pending: bigint
  /** What anybody may have taken from the stakers now. */
  readonly slashable: bigint
  readonly stakes: readonly StakeCoverage[]
}

/** How a protocol without auctions is covered; absent reserves have neither deficit nor cover. */
export type CoverageReader = (reader: Reader, market: Market, block: BlockRef) => Promise<readonly ReserveCoverage[]>

/** One reserve as `keeper insurance --json` prints it: amounts as decimal strings of raw units. */
export interface CoverageRow {
  readonly market: string
  readonly token: Address
  readonly symbol: string
  readonly decimals: number
  readonly deficit: string
  readonly offset: string
  readonly pending: string
  readonly slashable: string
  readonly stakes: readonly {
    readonly stake: Address
    readonly symbol: string
    readonly asset: Address
    readonly assets: string
    readonly decimals: number
  }[]
}

export const coverageRow = (market: string, { token, stakes, ...figures }: ReserveCoverage): CoverageRow => ({
  ...{ market, token: token.address, symbol: token.symbol, decimals: token.decimals },
  ...{ deficit: figures.deficit.toString(), offset: figures.offset.toString(), pending: figures.pending.toString() },
  slashable: figures.slashable.toString(),
  stakes: stakes.map(({ address, assets, ...rest }) => ({ stake: address, ...rest, assets: assets.toString() })),
})
