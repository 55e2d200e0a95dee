import type { CallRequest } from '../../src/domain/chain.js'
import type { PositionId } from '../../src/domain/market.js'
import { contractOf } from './contracts.js'
import type { Batch } from '../../src/domain/batch.js'
import { POOL, TOKEN } from './signatures.js'
import { type AaveState, type Position, type Reserve, collateralKey, debtKey } from './state.js'
import { wordAt } from '../../src/domain/abi-words.js'

/** Calls per borrower that a cold start should expect: two for flags and eMode, about four balances. */
export const CALLS_PER_BORROWER = 6

interface Wanted {
  readonly position: Position
  readonly key: number
  readonly request: CallRequest
}

/**
 * Positions at the batch's block, in two rounds: flags and eMode of all, then only the balances that the flags name (every
 * aToken balance where everybody is followed, because an absent one then means zero). Reserves must be listed in `state`.
 */
export async function readPositions(
  batch: Batch,
  state: AaveState,
  ids: readonly PositionId[],
): Promise<Map<PositionId, Position>> {
  const pool = contractOf(state.market, 'pool')
  const words = await batch.all(
    ids.flatMap((id) => [POOL.getUserConfiguration(pool, addressOf(id)), POOL.getUserEMode(pool, addressOf(id))]),
  )
  const positions = new Map<PositionId, Position>()
  const wanted: Wanted[] = []
  for (const [i, id] of ids.entries()) {
    const configuration = wordAt(words[2 * i] ?? '0x', 0)
    const position: Position = { eMode: Number(wordAt(words[2 * i + 1] ?? '0x', 0)), flags: 0n, keys: [], amounts: [] }
    positions.set(id, position)
    for (const reserve of state.reserves)
      if (reserve) wanted.push(...wants(state, id, position, configuration, reserve))
  }
  const balances = await batch.all(wanted.map(({ request }) => request))
  for (const [i, { position, key }] of wanted.entries()) {
    position.keys.push(key)
    position.amounts.push(wordAt(balances[i] ?? '0x', 0))
  }
  return positions
}

/** UserConfiguration: bit 2i says that reserve i is borrowed, bit 2i+1 that it is used as collateral. */
function wants(
  state: AaveState,
  id: PositionId,
  position: Position,
  configuration: bigint,
  reserve: Reserve,
): Wanted[] {
  const pair = configuration >> BigInt(2 * reserve.id)
  const wanted: Wanted[] = []
  const collateral = (pair & 2n) !== 0n
  if (collateral) position.flags |= 1n << BigInt(reserve.id)
  if (collateral || state.followsAll) {
    wanted.push({
      position,
      key: collateralKey(reserve.id),
      request: TOKEN.scaledBalanceOf(reserve.aToken, addressOf(id)),
    })
  }
  if ((pair & 1n) !== 0n) {
    wanted.push({
      position,
      key: debtKey(reserve.id),
      request: TOKEN.scaledBalanceOf(reserve.debtToken, addressOf(id)),
    })
  }
  return wanted
}

const addressOf = (id: PositionId): `0x${string}` => id as `0x${string}`
