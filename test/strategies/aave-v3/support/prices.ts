import { KeeperError } from '../../../../src/domain/errors.js'
import type { Address } from '../../../../src/domain/chain.js'
import type { PriceView } from '../../../../src/domain/prices.js'

/** Fixed prices by asset. */
export const viewOf = (prices: ReadonlyMap<Address, bigint>, timestamp: bigint, block = 0): PriceView => ({
  block,
  timestamp,
  price(feed) {
    const value = prices.get(feed as Address)
    if (value === undefined) throw new KeeperError('price-unknown', `no price for ${feed}`)
    return { value, source: 'round' }
  },
})
