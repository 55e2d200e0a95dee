import { contractsOf, type VenueConfig } from '../../config/venues.js'
import type { Address, Hex } from '../../domain/chain.js'
import type { AllowedTarget } from './deploy.js'

/** `exchange(int128,int128,uint256,uint256)` of Curve pools: what it buys goes to its caller. */
export const CURVE_EXCHANGE: Hex = '0x3df02124'

/** What the executor's owner has to allow so that orders can use these venues. Pure. */
export function venuePermissions(venues: readonly VenueConfig[]): {
  readonly factories: readonly Address[]
  readonly targets: readonly AllowedTarget[]
} {
  return { factories: [...new Set(venues.flatMap(contractsOf))], targets: [] }
}
