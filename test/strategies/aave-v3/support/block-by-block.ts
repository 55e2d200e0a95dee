import type { Address, BlockRef, Hex } from '../../../../src/domain/chain.js'
import type { PositionId } from '../../../../src/domain/market.js'
import type { FeedId } from '../../../../src/domain/prices.js'
import { eModeFeed } from '../../../../strategies/aave-v3/prices.js'
import { ORACLE, POOL } from '../../../../strategies/aave-v3/signatures.js'
import { type AaveState, ZERO_ADDRESS } from '../../../../strategies/aave-v3/state.js'
import { aaveV3 } from '../../../../strategies/aave-v3/strategy.js'
import { wordAt } from '../../../../src/domain/abi-words.js'
import { viewOf } from './prices.js'
import type { World } from './world.js'

export interface Arrival {
  readonly differences: readonly string[]
  readonly compared: number
  /** Positions whose health factor the blocks' logs changed, at the same second and prices. */
  readonly moved: number
  /** Something had to be read after a block, because no event carries it. */
  readonly read: boolean
}

/**
 * Takes the blocks after `from` up to `to` one by one, as the indexer does, and compares every position with the pool's own
 * figures as of that very block.
 */
export async function arrive(world: World, state: AaveState, from: number, to: number): Promise<Arrival> {
  const differences: string[] = []
  let [compared, moved, read] = [0, 0, false]
  for (let number = from + 1; number <= to; number++) {
    const filters = aaveV3.filters(state)
    const logs = (await Promise.all(filters.map((filter) => world.reader.logs(filter, number, number)))).flat()
    if (logs.length === 0 && number < to) continue
    const block = await blockOf(world, number)
    const before = figuresOf(state, await viewAt(world, state, block))
    for (const log of logs.sort((a, b) => a.logIndex - b.logIndex)) aaveV3.reduce(state, log)
    if (aaveV3.stale?.(state)) {
      read = true
      await aaveV3.refresh?.(world.reader, state, block)
    }
    const after = figuresOf(state, await viewAt(world, state, block))
    const compare = async ([id, ours]: [PositionId, string]): Promise<void> => {
      compared++
      if (before.get(id) !== ours) moved++
      const theirs = await poolFigures(world, id, number)
      if (ours !== theirs) differences.push(`block ${String(number)}, ${id}: replica ${ours}, pool ${theirs}`)
    }
    await Promise.all([...after].map(compare))
  }
  return { differences, compared, moved, read }
}

function figuresOf(state: AaveState, at: ReturnType<typeof viewOf>): Map<PositionId, string> {
  return new Map(
    [...aaveV3.positions(state)].map((id) => {
      const { collateralBase, debtBase, healthFactor } = aaveV3.solvency(state, id, at)
      return [id, [collateralBase, debtBase, healthFactor].join(' ')]
    }),
  )
}

async function poolFigures({ bed, market }: World, id: PositionId, number: number): Promise<string> {
  const call = POOL.getUserAccountData(market.contracts['pool'] as Address, id as Hex)
  const data = (await bed.anvil.rpc('eth_call', [call, `0x${number.toString(16)}`])) as Hex
  return [wordAt(data, 0), wordAt(data, 1), wordAt(data, 5)].join(' ')
}

/** The oracle's own prices as of a block, and that block's second. */
async function viewAt(
  world: World,
  state: AaveState,
  { number, timestamp }: BlockRef,
): Promise<ReturnType<typeof viewOf>> {
  const asked: [FeedId, Address][] = [...state.byAsset.keys()].map((asset) => [asset, asset])
  for (const { id, priceAsset } of state.eModes.values())
    if (priceAsset !== ZERO_ADDRESS) asked.push([eModeFeed(id), priceAsset])
  const requests = asked.map(([, asset]) => ORACLE.getAssetPrice(state.oracle, asset))
  const answers = await world.reader.calls(requests, number)
  const prices = new Map(asked.map(([feed], i) => [feed, answers[i]?.ok ? wordAt(answers[i].data, 0) : 0n]))
  return viewOf(prices as Map<Address, bigint>, timestamp, number)
}

async function blockOf(
  { bed }: World,
  number: number,
): Promise<{
  number: number
  hash: Hex
  parentHash: Hex
  timestamp: bigint
}> {
  const block = (await bed.anvil.rpc('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])) as Record<
    string,
    Hex
  >
  const { hash = '0x', parentHash = '0x', timestamp = '0x0' } = block
  return { number, hash, parentHash, timestamp: BigInt(timestamp) }
}
