import type { PositionId } from '../../src/domain/market.js'
import type { RowChange, RowEntry } from '../../src/domain/weights.js'
import { type CometState, storeAsset } from './state.js'

/** The debt, what stands for a store front, then one slot per asset: more assets only append. */
export const DEBT_SLOT = 0
export const STORE_SLOT = 1
export const assetSlot = (index: number): number => 2 + index

/** Rows of `touched`: principal of the debt and collaterals. No debt, or not fully read: no entries. */
export function rowsOf(state: CometState, touched: Iterable<PositionId>): RowChange[] {
  const changes: RowChange[] = []
  for (const position of touched) changes.push({ position, entries: entriesOf(state, position) })
  return changes
}

function entriesOf(state: CometState, id: PositionId): RowEntry[] {
  const asset = storeAsset(state, id)
  if (asset !== null) return asset.reserves > 0n ? [{ slot: STORE_SLOT, amount: 1n }] : []
  const account = state.positions.get(id)
  if (account === undefined || state.stale.positions.has(id) || account.principal >= 0n) return []
  const entries: RowEntry[] = [{ slot: DEBT_SLOT, amount: -account.principal }]
  for (const { index } of state.assets) {
    const amount = account.held[index] ?? 0n
    if (amount > 0n) entries.push({ slot: assetSlot(index), amount })
  }
  return entries
}
