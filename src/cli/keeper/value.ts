import type { Address, Head } from '../../domain/chain.js'
import { KeeperError } from '../../domain/errors.js'
import { NATIVE } from '../../ledger/booking.js'
import { deskOf } from '../../profit/desk.js'
import type { Valuation } from '../../profit/valuation.js'
import type { MarketWatch } from './market-watch.js'

/**
 * What `deltas` (raw units per token) are worth in USD with 8 decimals at the newest prices of the markets, each token's
 * value rounded down. Throws `KeeperError('price-unknown')` for a token that no market prices.
 */
export function valueUsd8Of(
  deltas: ReadonlyMap<Address, bigint>,
  watches: readonly MarketWatch[],
  head: Pick<Head, 'number' | 'timestamp'>,
  wrappedNative: Address,
): bigint {
  const valuations = watches.map(({ source }) => {
    const view = source.replica.book.view(head.number, head.timestamp)
    return deskOf(source.strategy, source.replica.state, view, wrappedNative).valuation
  })
  let sum = 0n
  for (const [token, amount] of deltas) sum += valueOf(token === NATIVE ? wrappedNative : token, amount, valuations)
  return sum
}

function valueOf(token: Address, amount: bigint, valuations: readonly Valuation[]): bigint {
  if (amount === 0n) return 0n
  for (const valuation of valuations) {
    const wei = valuation.wei(token, amount < 0n ? -amount : amount)
    // a loss is rounded away from zero, as its gain would be rounded towards it
    if (wei !== null) return amount < 0n ? -valuation.usd8(wei) - 1n : valuation.usd8(wei)
  }
  throw new KeeperError('price-unknown', `no market has a price of ${token}`, { token })
}
