import type { Takeover } from '../../src/domain/strategy.js'
import { contractOf } from './contracts.js'
import { encodeAbsorb } from './encode.js'
import { notAbsorbable } from './plans.js'
import { standingOf } from './solvency.js'
import { type CometState, storeAsset } from './state.js'

/**
 * Comet.absorb alone: the reserves pay the debt and keep the collateral. It needs no purchase, so it works while nothing is
 * for sale (the reserves are at their target), and for an account that holds nothing. One account that is healthy fails all.
 */
export const takeover: Takeover<CometState> = {
  of(state, id, at) {
    const account = state.positions.get(id)
    if (storeAsset(state, id) !== null || account === undefined || state.stale.positions.has(id)) return null
    const standing = standingOf(state, account, at)
    return notAbsorbable(state, standing) ?? standing.debtBase
  },
  call: (market, positions, by) => encodeAbsorb(contractOf(market, 'comet'), by, positions),
  debt: ({ config }) => config.base,
}
