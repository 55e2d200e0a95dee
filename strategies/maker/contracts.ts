import type { Address } from '../../src/domain/chain.js'
import { SettingsError } from '../../src/domain/errors.js'
import type { Market } from '../../src/domain/market.js'

/**
 * What the market file of one ilk names under `contracts`. The ilk's name is read from its `clip`.
 *
 * - `vat`, `dog`, `vow`: the core
 * - `clip`: the auction house of this ilk
 * - `collateral`, `coin`: the tokens behind the joins
 * - `feed`: a market price of the collateral in USD with 8 decimals (not the delayed one inside the protocol)
 *
 * `implementationCodeHashes` holds keccak256 of the Dog's code.
 */
export const MAKER_CONTRACTS = ['vat', 'dog', 'vow', 'clip', 'collateral', 'coin', 'feed'] as const

export type MakerContract = (typeof MAKER_CONTRACTS)[number]

/** The address that the market file names; throws `SettingsError('MARKETS_FILE')` when it is missing. */
export function contractOf(market: Market, name: MakerContract): Address {
  const address = market.contracts[name]
  if (address === undefined) throw new SettingsError('MARKETS_FILE', `market ${market.id} names no contract "${name}"`)
  return address
}
