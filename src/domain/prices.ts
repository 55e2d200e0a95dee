import type { Address, CallRequest } from './chain.js'

/** Names one price inside one market. The strategy chooses the ids (Aave: the asset's address, or `emode:<id>`). */
export type FeedId = string

/** What the oracle room needs to follow a price. */
export interface Feed {
  readonly id: FeedId
  readonly token: { readonly address: Address; readonly symbol: string }
  /** The contract the protocol asks (Aave: `AaveOracle.getSourceOfAsset`); zero address when the protocol answers itself. */
  readonly source: Address
  /** The protocol's own answer, always right: one word, the price in the market's base currency. */
  readonly read: CallRequest
}

/**
 * `round`: the last round that landed, followed by events · `pending`: a round not yet on chain ·
 * `opaque`: re-read from the protocol at this block, because its source could not be explained.
 */
export type PriceOrigin = 'round' | 'pending' | 'opaque'

export interface PricePoint {
  /** In the market's base currency (Aave: USD with 8 decimals). Zero means that the protocol would revert. */
  readonly value: bigint
  readonly source: PriceOrigin
}

/** All prices of one market for one (future) block. Throws `KeeperError('price-unknown')` for an id it does not know. */
export interface PriceView {
  readonly block: number
  readonly timestamp: bigint
  price(feed: FeedId): PricePoint
}

/** A change of some prices, wherever it came from; the scanner's only trigger besides events. */
export interface PriceUpdate {
  readonly market: string
  readonly origin: PriceOrigin
  readonly changes: ReadonlyMap<FeedId, bigint>
}
