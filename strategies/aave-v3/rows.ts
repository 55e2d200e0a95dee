import type { PositionId } from '../../src/domain/market.js'
import type { RowChange, RowEntry } from '../../src/domain/weights.js'
import { type AaveState, hasDebt, isCollateral, isDebtKey, reserveOfKey } from './state.js'

/** The rows of `touched`: scaled balances of enabled collaterals and of debts. No debt, or not fully read: no entries. */
export function rowsOf(state: AaveState, touched: Iterable<PositionId>): RowChange[] {
  const changes: RowChange[] = []
  for (const position of touched) changes.push({ position, entries: entriesOf(state, position) })
  return changes
}

function entriesOf(state: AaveState, id: PositionId): RowEntry[] {
  const position = state.positions.get(id)
  if (position === undefined || state.stale.positions.has(id) || !hasDebt(position)) return []
  const entries: RowEntry[] = []
  for (const [i, key] of position.keys.entries()) {
    const amount = position.amounts[i] ?? 0n
    const reserve = reserveOfKey(key)
    const debt = isDebtKey(key)
    if (amount === 0n || !state.reserves[reserve] || (!debt && !isCollateral(position, reserve))) continue
    const eMode = debt && state.rules.eMode === 'bitmap' ? 0 : position.eMode
    entries.push({ slot: state.slots.number({ reserve, debt, eMode }), amount })
  }
  return entries
}
