import type { VenueOf } from '../config/venues.js'
import type { Address, Reader } from '../domain/chain.js'
import { loansFrom } from './free-loans.js'
import type { FreeLoan, LiquidityVenue, Pool, PoolRef } from './venue.js'

/** Morpho Blue as a lender: it has no pools. */
export class MorphoVenue implements LiquidityVenue {
  constructor(private readonly config: VenueOf<'morpho'>) {}

  find(): Promise<readonly PoolRef[]> {
    return Promise.resolve([])
  }

  load(): Promise<readonly Pool[]> {
    return Promise.resolve([])
  }

  loans(reader: Reader, tokens: readonly Address[], block: number): Promise<readonly FreeLoan[]> {
    return loansFrom(reader, { lender: this.config.address, via: 'morpho' }, tokens, block)
  }
}
