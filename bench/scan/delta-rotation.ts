import { addressOf } from './addresses.js'
import type { Baseline } from './baseline.js'
import { ROLES } from './figures.js'
import { type Entry, Ledger } from './ledger.js'
import type { BenchMarket } from './market.js'
import type { Population } from './population.js'
import type { Random } from './random.js'
import { type Times, rotate } from './rotation.js'
import { Stream, type StreamEvent, applyToMarket } from './stream.js'

const ROUNDS = 40

interface Setting {
  readonly address: string
  readonly slot: number
  readonly scaled: bigint
}

/** The balances that differ; a removed one is set to zero. */
function settingsOf(position: number, before: readonly Entry[], after: readonly Entry[]): Setting[] {
  const address = addressOf(position)
  const changed = after.filter(({ slot, scaled }) => !before.some((b) => b.slot === slot && b.scaled === scaled))
  const gone = before.filter(({ slot }) => !after.some((a) => a.slot === slot))
  return [
    ...changed.map((entry) => ({ address, ...entry })),
    ...gone.map(({ slot }) => ({ address, slot, scaled: 0n })),
  ]
}

/**
 * The baseline's time for a block of changes, the same kind of block as in the live stream. `evict` runs between blocks, and
 * the process then idles, so that everything is as cold as it is when a block arrives.
 */
export async function rotateDeltas(
  market: BenchMarket,
  people: Population,
  baseline: Baseline,
  evict: () => void,
  random: Random,
): Promise<Times> {
  const stream = new Stream(new Ledger(market, people), random)
  let block: StreamEvent = { prices: [], rows: [], indexes: [] }
  let settings: Setting[] = []
  const prepare = (): void => {
    do block = stream.next([])
    while (block.rows.length === 0)
    settings = block.rows.flatMap(({ position, before, entries }) => settingsOf(position, before, entries))
    evict()
  }
  const run = (): void => {
    for (const { address, slot, scaled } of settings) baseline.set(address, slot, scaled)
    applyToMarket(market, { ...block, prices: [] })
  }
  const nothing = (): void => undefined
  const contestants = [{ name: ROLES.baselineDelta, every: 1, run }]
  return rotate(contestants, {
    warmUps: 3,
    rounds: ROUNDS,
    prepare,
    judge: nothing,
    progress: nothing,
    idleMs: () => random.between(2, 8),
  })
}
