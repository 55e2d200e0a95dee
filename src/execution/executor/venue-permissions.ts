import { contractsOf, type VenueConfig } from '../../config/venues.js'
import type { Address, Hex } from '../../domain/chain.js'
import type { AllowedTarget } from './deploy.js'

/** `exchange(int128,int128,uint256,uint256)` of Curve pools: what it buys goes to its caller. */
export const CURVE_EXCHANGE: Hex = '0x3df02124'
/** `redeem(uint256,address,address)` and `unwrap(uint256)`: the contract lets only UNWRAP steps use them. */
const UNWRAP: Readonly<Record<'redeem' | 'unwrap', Hex>> = { redeem: '0xba087652', unwrap: '0xde0e9a3e' }

const FACTORIES: readonly VenueConfig['kind'][] = ['uniswapV3', 'uniswapV2', 'uniswapV4']

/** What the executor's owner has to allow so that orders can use these venues. Pure. */
export function venuePermissions(venues: readonly VenueConfig[]): {
  readonly factories: readonly Address[]
  readonly lenders: readonly Address[]
  readonly targets: readonly AllowedTarget[]
} {
  const factories = venues.flatMap((v) => (FACTORIES.includes(v.kind) ? contractsOf(v) : []))
  const lenders = venues.flatMap((v) => (v.kind === 'morpho' ? contractsOf(v) : []))
  const targets = venues.flatMap((v): readonly AllowedTarget[] => {
    if (v.kind === 'curve') return v.pools.map((target) => ({ target, selector: CURVE_EXCHANGE }))
    if (v.kind === 'wraps') return v.tokens.map(({ token, by }) => ({ target: token, selector: UNWRAP[by] }))
    return []
  })
  return { factories: [...new Set(factories)], lenders: [...new Set(lenders)], targets }
}
