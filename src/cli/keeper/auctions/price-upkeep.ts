import type { Opportunity } from '../../../domain/opportunity.js'
import { refuse, type PositionRefusal } from '../../../domain/refusal.js'
import { coinOf, lossLeftAt, type DeskBlock, type DeskOptions } from './desk-block.js'
import { deskRun } from './desk-run.js'
import { pokeLeg, pokesAt } from './poke-legs.js'

/** Backstop mode keeps the protocol's prices moving, as far as the day's budget goes; null where no price is overdue. */
export function priceUpkeep(options: DeskOptions, block: DeskBlock, t: bigint): Opportunity | PositionRefusal | null {
  const { settings, scenes } = options
  const { scene } = block
  const poke = settings.mode === 'backstop' ? pokesAt(scene, t).find(({ overdue }) => overdue) : undefined
  if (poke === undefined) return null
  const { calls, name } = poke.upkeep
  const run = deskRun(options, block, { legs: [pokeLeg(poke, coinOf(options))], calls }, true)
  const left = lossLeftAt(options, scene.head)
  if (-run.netUsd8 <= left) return run
  const why = `it would lose ${-run.netUsd8} (USD, 8 decimals), what is left of the day's budget is ${left}`
  return { ...refuse('daily-loss', why, left.toString()), market: scenes.market.known.market.id, position: name }
}
