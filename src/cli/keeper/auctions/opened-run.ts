import type { RoundInput } from '../../../auctions/round.js'
import type { MarketState, Opening } from '../../../domain/strategy.js'
import { coinOf, type DeskBlock, type DeskOptions } from './desk-block.js'
import { openingLegs, type OpenedLegs } from './opening-legs.js'
import { pokedLegs } from './poke-legs.js'

/**
 * Liquidations that earn nothing, for the auctions that follow them; where none of `found` pays, those behind a new price, which
 * `state` is asked for. `t`: from when on the block may be. Null where neither pays.
 */
export function openedRun(
  options: DeskOptions,
  { scene }: DeskBlock,
  { costs, limits, spendable, now }: RoundInput,
  found: readonly Opening[],
  state: MarketState,
  t: bigint,
): OpenedLegs | null {
  const { scenes, lent, trials } = options
  const { market } = scenes
  const bounds = { ...limits, available: spendable, lockedNow: 0n }
  const terms = { market, costs, limits: bounds, now, need: limits.minProfit, lent, trials }
  const opened = openingLegs(found, scene, terms)
  return opened.calls.length > 0 ? opened : pokedLegs(state, scene, t, terms, coinOf(options))
}
