import type { Poke } from '../../../auctions/venue.js'
import type { Opportunity } from '../../../domain/opportunity.js'
import { refuse, type PositionRefusal, type Refusal } from '../../../domain/refusal.js'
import { coinOf, lossLeftAt, type DeskBlock, type DeskOptions } from './desk-block.js'
import { deskRun } from './desk-run.js'
import { pokeLeg, pokesAt } from './poke-legs.js'
import { mostUsd8 } from './run-cost.js'

/**
 * Backstop mode keeps the protocol's prices moving, as far as the day's budget goes; null where no price is overdue. A poke that
 * was mined and left its state as it was is not made again on that state: it would cost as much every time, for nothing.
 */
export function priceUpkeep(options: DeskOptions, block: DeskBlock, t: bigint): Opportunity | PositionRefusal | null {
  const { settings, scenes, told } = options
  const overdue = settings.mode === 'backstop' ? pokesAt(block.scene, t).filter((poke) => poke.overdue) : []
  const poke = overdue.find(({ upkeep }) => !told(upkeep.name)) ?? overdue[0]
  if (poke === undefined) return null
  const answer = told(poke.upkeep.name) ? withoutEffect(poke) : withinBudget(options, block, poke)
  return 'code' in answer ? { ...answer, market: scenes.market.known.market.id, position: poke.upkeep.name } : answer
}

function withinBudget(options: DeskOptions, block: DeskBlock, poke: Poke): Opportunity | Refusal {
  if (block.doubt !== null) return refuse('absurd-price', block.doubt)
  const run = deskRun(options, block, { legs: [pokeLeg(poke, coinOf(options))], calls: poke.upkeep.calls }, true)
  const left = lossLeftAt(options, block)
  const most = mostUsd8(run, block.scene.head)
  if (most <= left) return run
  const why = `it could cost ${most} (USD, 8 decimals), what is left of the day's budget is ${left}`
  return refuse('daily-loss', why, left.toString())
}

function withoutEffect({ upkeep: { calls } }: Poke): Refusal {
  const asked = [...new Set(calls.map(({ to }) => to))].join(' and ')
  const why = `it was mined once and changed nothing: not told again until the state of ${asked} changes; look at why it stands still`
  return refuse('no-effect', why)
}
