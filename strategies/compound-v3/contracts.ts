import type { Address } from '../../src/domain/chain.js'
import { SettingsError } from '../../src/domain/errors.js'
import type { Market } from '../../src/domain/market.js'

/**
 * What the market file of a Comet names under `contracts`; every other address is read from the chain.
 *
 * - `comet`: the Comet proxy
 * - `baseToken`: the token that it lends (`Comet.baseToken`); `verify` compares
 * - `native`, `nativeFeed`: for a Comet that does not list the chain's wrapped native token, what gas is worth; the feed is one
 *   that `Comet.getPrice` can ask (8 decimals, USD). Optional
 * - `unitFeed`: for a Comet whose prices are not in dollars (WETH: in ether), what their unit is worth; such a feed. Optional
 *
 * `implementationCodeHashes` holds the fingerprint of the implementation's code with its constants blanked
 * (`fingerprint.ts`): governance changes a parameter by deploying the same code with other constants.
 */
export const COMET_CONTRACTS = ['comet', 'baseToken'] as const

export type CometContract = (typeof COMET_CONTRACTS)[number]

/** The address that the market file names; throws `SettingsError('MARKETS_FILE')` when it is missing. */
export function contractOf(market: Market, name: CometContract): Address {
  const address = market.contracts[name]
  if (address === undefined) throw new SettingsError('MARKETS_FILE', `market ${market.id} names no contract "${name}"`)
  return address
}

/** The price of what a Comet's prices are counted in. */
export const UNIT_FEED = 'unit'
