import type { Address } from '../../src/domain/chain.js'
import { SettingsError } from '../../src/domain/errors.js'
import type { Market } from '../../src/domain/market.js'

/**
 * What the market file of one ilk names under `contracts`. The ilk's name is read from its `clip`.
 *
 * - `vat`, `dog`, `vow`: the core
 * - `clip`: the auction house of this ilk
 * - `collateral`, `coin`: the tokens, `collateralJoin`, `coinJoin`: what lets them in and out
 * - `feed`, `coinFeed`: market prices of both in USD with 8 decimals (not the delayed one inside the protocol)
 *
 * and may name
 * - `taker`: our ClipTaker of this clip; without it nothing is bought from running auctions
 * - `native`, `nativeFeed`: the wrapped native token and its price, where the collateral is another token
 *
 * `implementationCodeHashes` holds keccak256 of the Dog's and of the Clipper's code.
 */
export const MAKER_CONTRACTS = [
  'vat',
  'dog',
  'vow',
  'clip',
  'collateral',
  'coin',
  'collateralJoin',
  'coinJoin',
  'feed',
  'coinFeed',
] as const

export type MakerContract = (typeof MAKER_CONTRACTS)[number]

/** The address that the market file names; throws `SettingsError('MARKETS_FILE')` when it is missing. */
export function contractOf(market: Market, name: MakerContract): Address {
  const address = market.contracts[name]
  if (address === undefined) throw new SettingsError('MARKETS_FILE', `market ${market.id} names no contract "${name}"`)
  return address
}
