import type { Address, Head } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'
import type { OpportunityRecord } from '../../execution/records.js'
import type { Worth } from '../../execution/outcome-tracker.js'
import { NATIVE } from '../../ledger/booking.js'
import { valuationOf, type Valuation } from '../../profit/valuation.js'
import type { MarketWatch } from './market-watch.js'

/** What was expected of a transaction when it was signed: the coin's price of then. */
type Signed = Pick<OpportunityRecord, 'netWei' | 'netUsd8'>

/**
 * What `deltas` (raw units per token) are worth in USD with 8 decimals at the newest prices of the markets, each token's
 * value rounded down; tokens that no market prices are told apart. A market that cannot price gas prices nothing; where none
 * can, the chain's coin counts at the rate of `signed`.
 */
export function valueUsd8Of(
  deltas: ReadonlyMap<Address, bigint>,
  signed: Signed,
  watches: readonly MarketWatch[],
  head: Pick<Head, 'number' | 'timestamp'>,
  wrappedNative: Address,
  /** Of tokens that no lending market prices: those of auctions. */
  others: readonly Valuation[] = [],
): Worth {
  const valuations = watches.map((watch) => valuationAt(watch, head, wrappedNative)).filter((one) => one !== null)
  return worthOf(deltas, signed, [...valuations, ...others], wrappedNative)
}

/** Null where the market lacks a price that it cannot do without; other markets may have it. Throws anything else. */
function valuationAt(
  { source }: MarketWatch,
  head: Pick<Head, 'number' | 'timestamp'>,
  wrappedNative: Address,
): Valuation | null {
  try {
    const view = source.replica.book.view(head.number, head.timestamp)
    return valuationOf(source.strategy.reserves(source.replica.state), view, wrappedNative)
  } catch (error) {
    if (error instanceof KeeperError && error.code === 'price-unknown') return null
    throw error
  }
}

/** Each token by the first valuation that has its price. Pure. */
export function worthOf(
  deltas: ReadonlyMap<Address, bigint>,
  signed: Signed,
  valuations: readonly Valuation[],
  wrappedNative: Address,
): Worth {
  let usd8 = 0n
  const unpriced = new Map<Address, bigint>()
  for (const [token, amount] of deltas) {
    const listed = token === NATIVE ? wrappedNative : token
    const value = valueOf(listed, amount, valuations) ?? (listed === wrappedNative ? atRateOf(signed, amount) : null)
    if (value === null) unpriced.set(token, amount)
    else usd8 += value
  }
  return { usd8, unpriced }
}

function valueOf(token: Address, amount: bigint, valuations: readonly Valuation[]): bigint | null {
  if (amount === 0n) return 0n
  for (const valuation of valuations) {
    const wei = valuation.wei(token, amount < 0n ? -amount : amount)
    // a loss is rounded away from zero, as its gain would be rounded towards it
    if (wei !== null) return amount < 0n ? -valuation.usd8(wei) - 1n : valuation.usd8(wei)
  }
  return null
}

function atRateOf({ netWei, netUsd8 }: Signed, amount: bigint): bigint | null {
  if (netWei <= 0n || netUsd8 <= 0n) return null
  const size = ((amount < 0n ? -amount : amount) * netUsd8) / netWei
  return amount < 0n ? -size - 1n : size
}
