import type { BlockRef, Reader } from '../../src/domain/chain.js'
import type { PositionId } from '../../src/domain/market.js'
import type { Delta } from '../../src/domain/strategy.js'
import { Changes } from './changes.js'
import { contractOf } from './contracts.js'
import { type Parameters, readParameters } from './parameters.js'
import { readPositions } from './read-positions.js'
import { Batch } from '../../src/domain/batch.js'
import { rulesFor } from './rules.js'
import { POOL } from './signatures.js'
import { type AaveState, type EModeCategory, type Position, type Reserve, debtKey, isDebtKey } from './state.js'

/** Re-reads what is stale at `block`, the block up to whose last log the state was reduced. */
export async function refreshState(reader: Reader, state: AaveState, block: BlockRef): Promise<Delta> {
  const changes = new Changes(state)
  const batch = new Batch(reader, block.number)
  if (state.stale.parameters) {
    // in a full replay the pool may not exist yet
    const [exists] = await batch.try([POOL.POOL_REVISION(contractOf(state.market, 'pool'))])
    if (!exists || exists === '0x') return changes
    const parameters = await readParameters(batch, state.market)
    applyParameters(changes, parameters)
    await rereadPositions(batch, changes, [...state.stale.positions])
    for (const { id, scaledDebt } of parameters.reserves) changes.set(state.reserve(id), { scaledDebt })
  } else await rereadPositions(batch, changes, [...state.stale.positions])
  return changes
}

/** Reads `ids` anew and replaces what the state holds of them. */
export async function resyncPositions(
  reader: Reader,
  state: AaveState,
  ids: readonly PositionId[],
  block: BlockRef,
): Promise<Delta> {
  const changes = new Changes(state)
  await rereadPositions(new Batch(reader, block.number), changes, ids)
  return changes
}

async function rereadPositions(batch: Batch, changes: Changes, ids: readonly PositionId[]): Promise<void> {
  if (ids.length === 0) return
  const { positions, stale } = changes.state
  for (const [id, read] of await readPositions(batch, changes.state, ids)) {
    const position = positions.get(id) ?? changes.create(id)
    changes.set(position, { eMode: read.eMode, flags: read.flags })
    for (const key of position.keys.filter(isDebtKey))
      if (!read.keys.includes(key)) changes.setScaled(id, position, key, 0n)
    replaceBalances(changes, id, position, read)
    if (stale.positions.has(id)) {
      changes.run(
        () => void stale.positions.delete(id),
        () => void stale.positions.add(id),
      )
    }
    changes.touch(id)
  }
}

function replaceBalances(changes: Changes, id: PositionId, position: Position, read: Position): void {
  for (const [i, key] of read.keys.entries()) changes.setScaled(id, position, key, read.amounts[i] ?? 0n)
}

function applyParameters(changes: Changes, read: Parameters): void {
  const { state } = changes
  const { revision, oracle, sentinel, flashPremiumBps } = read
  changes.parameters = true
  changes.sources = true
  changes.set(state, { revision, rules: rulesFor(revision), oracle, sentinel, flashPremiumBps })
  changes.set(state.stale, { parameters: false })
  for (const reserve of state.reserves) {
    if (reserve && !read.reserves.some(({ asset }) => asset === reserve.asset)) drop(changes, reserve)
  }
  for (const reserve of read.reserves) {
    const known = state.byAsset.get(reserve.asset)
    if (known !== undefined && known.id === reserve.id && known.aToken === reserve.aToken) changes.set(known, reserve)
    else listNew(changes, reserve)
  }
  replaceEModes(changes, read.eModes)
}

function drop(changes: Changes, reserve: Reserve): void {
  const { state } = changes
  const apply = (): void => {
    state.reserves[reserve.id] = null
    state.byAsset.delete(reserve.asset)
    state.tokens.delete(reserve.aToken)
    state.tokens.delete(reserve.debtToken)
  }
  changes.run(apply, () => state.list(reserve))
}

/** A new reserve may take the id of a dropped one; whatever was known under that id belongs to the old one. */
function listNew(changes: Changes, reserve: Reserve): void {
  const { state } = changes
  const { length } = state.reserves
  const forget = (): void => {
    state.reserves[reserve.id] = null
    state.reserves.length = length
    state.byAsset.delete(reserve.asset)
    state.tokens.delete(reserve.aToken)
    state.tokens.delete(reserve.debtToken)
  }
  changes.run(() => state.list(reserve), forget)
  for (const [id, { keys }] of state.positions) {
    if (keys.includes(2 * reserve.id) || keys.includes(debtKey(reserve.id))) changes.stalePosition(id)
  }
}

function replaceEModes(changes: Changes, eModes: readonly EModeCategory[]): void {
  const { state } = changes
  const before = [...state.eModes]
  const fill = (entries: Iterable<readonly [number, EModeCategory]>): void => {
    state.eModes.clear()
    for (const [id, category] of entries) state.eModes.set(id, category)
  }
  changes.run(
    () => fill(eModes.map((category) => [category.id, category])),
    () => fill(before),
  )
}
