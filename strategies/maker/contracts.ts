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
 * - `flopper`, `governanceToken`: the house of the debt auctions and what is won there; without both they are only shown
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

/** Where debt auctions are bid in, and the token that is won. */
export interface FlopPlace {
  readonly flopper: Address
  readonly governanceToken: Address
}

/** Null where the market file does not name both. */
export function flopPlace({ contracts: { flopper, governanceToken } }: Market): FlopPlace | null {
  return flopper === undefined || governanceToken === undefined ? null : { flopper, governanceToken }
}
