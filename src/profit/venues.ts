import type { ChainConfig } from '../config/market-file.js'
import type { VenueConfig } from '../config/venues.js'
import { CurveVenue } from './curve/venue.js'
import { MorphoVenue } from './morpho-venue.js'
import { UniswapV2Venue } from './uniswap-v2/venue.js'
import { UniswapV3Venue } from './uniswap-v3/venue.js'
import { UniswapV4Venue, type NativeOf } from './uniswap-v4/venue.js'
import type { LiquidityVenue } from './venue.js'
import { WrapsVenue } from './wraps/venue.js'

/** The venues a market file names, in its order. */
export const venuesOf = ({ venues, ...chain }: Pick<ChainConfig, 'venues'> & NativeOf): readonly LiquidityVenue[] =>
  venues.map((config) => venueOf(config, chain))

function venueOf(config: VenueConfig, chain: NativeOf): LiquidityVenue {
  switch (config.kind) {
    case 'uniswapV2':
      return new UniswapV2Venue(config)
    case 'uniswapV3':
      return new UniswapV3Venue(config)
    case 'uniswapV4':
      return new UniswapV4Venue(config, chain)
    case 'curve':
      return new CurveVenue(config)
    case 'wraps':
      return new WrapsVenue(config)
    case 'morpho':
      return new MorphoVenue(config)
  }
}
