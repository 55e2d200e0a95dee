import type { Address } from '../../src/domain/chain.js'
import { KeeperError } from '../../src/domain/errors.js'
import type { Market } from '../../src/domain/market.js'

/**
 * What a market file names. `feed` answers `latestAnswer()` with the collateral's market price, USD with 8 decimals. Where the
 * collateral is not the chain's wrapped native token, `native` and `nativeFeed` say what gas is worth, in the same way.
 */
export const GEB_CONTRACTS = [
  'safeEngine',
  'liquidationEngine',
  'accountingEngine',
  'collateralAuctionHouse',
  'debtAuctionHouse',
  'oracleRelayer',
  'delayedOracle',
  'coinJoin',
  'collateralJoin',
  'coin',
  'protocolToken',
  'collateral',
  'feed',
] as const

export type GebContract = (typeof GEB_CONTRACTS)[number]

/** Throws `KeeperError('market-file')` when the market file does not name it. */
export function contractOf(market: Market, name: GebContract): Address {
  const address = market.contracts[name]
  if (address !== undefined) return address
  throw new KeeperError('market-file', `MARKETS_FILE: market ${market.id} does not name its ${name}`, { name })
}
