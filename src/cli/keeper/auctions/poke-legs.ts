import type { Poke } from '../../../auctions/venue.js'
import { WAD, divCeil } from '../../../domain/maths.js'
import type { Token } from '../../../domain/market.js'
import type { MarketState } from '../../../domain/strategy.js'
import type { AgentLeg } from './agent-opportunity.js'
import type { Scene } from './market-scene.js'
import { openingLegs, type OpenedLegs, type OpeningTerms } from './opening-legs.js'

const PLACE = 'poke/'

/** True for the name of a step that tells the protocol a price. */
export const isPoke = (position: string): boolean => position.startsWith(PLACE)

/** What the protocol can be told in a block of time `t`. */
export const pokesAt = (scene: Scene, t: bigint): Poke[] =>
  scene.views.flatMap(({ snapshot: { poke } }) => (poke && poke.upkeep.notBefore <= t ? [poke] : []))

/** The step itself, which brings nothing. */
export function pokeLeg({ upkeep }: Poke, token: Token): AgentLeg {
  const none = { token, amount: 0n, price8: 0n }
  return { name: upkeep.name, what: 'price', pay: none, get: none, gainWei: 0n, gas: upkeep.gas }
}

/**
 * A price told and the liquidations that it makes possible, in one transaction, all of it weighed at the price behind it; null
 * where that does not pay for the gas of both. `t`: from when on the block may be.
 */
export function pokedLegs(
  state: MarketState,
  scene: Scene,
  t: bigint,
  terms: OpeningTerms,
  token: Token,
): OpenedLegs | null {
  for (const poke of pokesAt(scene, t)) {
    const views = scene.views.map((view) =>
      view.snapshot.poke === poke ? { ...view, snapshot: { ...view.snapshot, template: poke.template } } : view,
    )
    const opened = openingLegs(poke.opened(state), { ...scene, views }, terms)
    const expected = opened.expected - divCeil(poke.upkeep.gas * terms.costs.gasPrice, WAD)
    if (opened.calls.length === 0 || expected < terms.need) continue
    return { legs: [pokeLeg(poke, token), ...opened.legs], calls: [...poke.upkeep.calls, ...opened.calls], expected }
  }
  return null
}
