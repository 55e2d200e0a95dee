import type { BlockRef, Hex, RawLog } from '../../../../src/domain/chain.js'
import type { Delta } from '../../../../src/domain/strategy.js'
import type { AaveState } from '../../../../strategies/aave-v3/state.js'
import { aaveV3 } from '../../../../strategies/aave-v3/strategy.js'
import type { World } from './world.js'

/** What the indexer does: logs in order, a re-read after the block that asks for one, filters anew after it. */
export async function follow(world: World, state: AaveState, from: number, to: number): Promise<Delta[]> {
  const deltas: Delta[] = []
  let next = from
  while (next <= to) {
    if (aaveV3.stale?.(state)) {
      deltas.push(await refresh(world, state, next - 1))
      if (aaveV3.stale?.(state)) {
        deltas.push(...reduceAll(state, await logsOf(world, state, next, next)))
        next++
        continue
      }
    }
    const logs = await logsOf(world, state, next, to)
    next = to + 1
    for (const [i, log] of logs.entries()) {
      const delta = aaveV3.reduce(state, log)
      deltas.push(delta)
      const lastOfBlock = logs[i + 1]?.blockNumber !== log.blockNumber
      if (lastOfBlock && aaveV3.stale?.(state)) {
        next = log.blockNumber + 1
        break
      }
    }
  }
  if (aaveV3.stale?.(state)) deltas.push(await refresh(world, state, to))
  return deltas
}

const reduceAll = (state: AaveState, logs: readonly RawLog[]): Delta[] => logs.map((log) => aaveV3.reduce(state, log))

async function logsOf({ reader }: World, state: AaveState, from: number, to: number): Promise<RawLog[]> {
  const found = await Promise.all(aaveV3.filters(state).map((filter) => reader.logs(filter, from, to)))
  return found.flat().sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex)
}

async function refresh({ reader }: World, state: AaveState, number: number): Promise<Delta> {
  const zero: Hex = `0x${'0'.repeat(64)}`
  const block: BlockRef = { number, hash: zero, parentHash: zero, timestamp: 0n }
  const delta = await aaveV3.refresh?.(reader, state, block)
  if (delta === undefined) throw new Error('the strategy cannot refresh')
  return delta
}
