import type { Address } from './chain.js'

/** Opaque and unique within its market: an address, sub-account, trove or NFT id. Addresses are lower-case. */
export type PositionId = string

/** One pool, comet, ilk, spoke or Morpho market id on one chain, as its market file describes it. */
export interface Market {
  readonly id: string
  readonly strategy: string
  readonly chainId: number
  /** By the names the strategy asks for, e.g. `pool`, `addressesProvider`, `oracle`. */
  readonly contracts: Readonly<Record<string, Address>>
  /** First block in which an event of this market can occur. */
  readonly deployBlock: number
  /** keccak256 of the runtime code of the implementation behind `pool`, as recorded when the market file was made. */
  readonly implementationCodeHashes: readonly string[]
}

export interface Token {
  readonly address: Address
  readonly symbol: string
  readonly decimals: number
}
