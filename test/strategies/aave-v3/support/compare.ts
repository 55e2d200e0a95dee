import type { Address } from '../../../../src/domain/chain.js'
import type { PositionId } from '../../../../src/domain/market.js'
import { POOL } from '../../../../strategies/aave-v3/signatures.js'
import type { AaveState } from '../../../../strategies/aave-v3/state.js'
import { aaveV3 } from '../../../../strategies/aave-v3/strategy.js'
import { wordAt } from '../../../../src/domain/abi-words.js'
import { viewOf } from './prices.js'
import { type World, encode, simulate } from './world.js'

/** Everything that a snapshot knows, in a form that shows differences; `only` limits positions to what another one holds. */
export function figures(
  state: AaveState,
  like: { readonly positions: ReadonlyMap<PositionId, { readonly keys: readonly number[] }> },
): object {
  const positions: Record<string, object> = {}
  for (const [id, { keys }] of [...like.positions].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const mine = state.positions.get(id)
    const balances = [...keys]
      .sort((a, b) => a - b)
      .map((key) => [key, String(mine?.amounts[mine.keys.indexOf(key)] ?? 0n)])
    positions[id] = { eMode: mine?.eMode, flags: String(mine?.flags), balances }
  }
  const text = (value: object): object =>
    JSON.parse(JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v))) as object
  return {
    reserves: text(state.reserves),
    eModes: text([...state.eModes.values()].sort((a, b) => a.id - b.id)),
    oracle: state.oracle,
    flashPremiumBps: String(state.flashPremiumBps),
    positions,
  }
}

/** Differences between the strategy's solvency of every position with debt and the pool's own, at a later second. */
export async function solvencyDifferences(
  world: World,
  state: AaveState,
  timestamp: bigint,
): Promise<{ compared: number; differences: string[] }> {
  const { bed } = world
  const ids = [...aaveV3.positions(state)] as Address[]
  const { oracle, pool, listed } = bed.market
  const from = bed.admin.from
  const assets = listed.map((symbol) => bed.tokens[symbol].address)
  const calls = [
    { from, to: oracle.address, data: encode(oracle, 'getAssetsPrices', [assets]) },
    ...ids.map((id) => ({ from, ...POOL.getUserAccountData(pool.address, id) })),
  ]
  const [answers = []] = await simulate(bed.anvil.rpcUrl, [{ timestamp, calls }])
  const prices = new Map(assets.map((asset, i) => [asset, wordAt(answers[0]?.data ?? '0x', 2 + i)]))
  const differences: string[] = []
  for (const [i, id] of ids.entries()) {
    const data = answers[i + 1]?.data ?? '0x'
    const mine = aaveV3.solvency(state, id, viewOf(prices, timestamp))
    const theirs = [wordAt(data, 0), wordAt(data, 1), wordAt(data, 5)]
    const ours = [mine.collateralBase, mine.debtBase, mine.healthFactor]
    if (String(ours) !== String(theirs)) differences.push(`${id}: replica ${String(ours)}, chain ${String(theirs)}`)
  }
  return { compared: ids.length, differences }
}
