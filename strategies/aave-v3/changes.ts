import type { PositionId } from '../../src/domain/market.js'
import { ReversibleChanges } from '../../src/domain/reversible-changes.js'
import { type AaveState, type Position, debtKey, isDebtKey, reserveOfKey, scaledOf } from './state.js'

/** Every write to the state after its snapshot; `undo` restores the order of positions and entries too. */
export class Changes extends ReversibleChanges {
  constructor(readonly state: AaveState) {
    super()
  }

  /** Marks the market's parameters for a re-read. */
  staleParameters(): void {
    if (!this.state.stale.parameters) this.set(this.state.stale, { parameters: true })
  }

  /** Marks a position for a re-read; until then it is in no row and has no plan. */
  stalePosition(id: PositionId): void {
    const { positions } = this.state.stale
    this.touch(id)
    if (!positions.has(id))
      this.run(
        () => void positions.add(id),
        () => void positions.delete(id),
      )
  }

  /** The position under `id`, or null when it is none of ours (a supplier who never borrowed, unless everyone is followed). */
  position(id: PositionId): Position | null {
    const known = this.state.positions.get(id)
    if (known !== undefined) return known
    return this.state.followsAll ? this.create(id) : null
  }

  create(id: PositionId): Position {
    const position: Position = { eMode: 0, flags: 0n, keys: [], amounts: [] }
    const { positions } = this.state
    this.run(
      () => void positions.set(id, position),
      () => void positions.delete(id),
    )
    return position
  }

  /** Sets a scaled balance, and the reserve's sum of debt with it. */
  setScaled(id: PositionId, position: Position, key: number, scaled: bigint): void {
    const { keys, amounts } = position
    const before = scaledOf(position, key)
    this.touch(id)
    if (before === undefined) {
      this.run(
        () => (keys.push(key), amounts.push(scaled)),
        () => (keys.pop(), amounts.pop()),
      )
    } else {
      const at = keys.indexOf(key)
      this.run(
        () => (amounts[at] = scaled),
        () => (amounts[at] = before),
      )
    }
    const reserve = isDebtKey(key) ? this.state.reserves[reserveOfKey(key)] : null
    if (reserve) this.set(reserve, { scaledDebt: reserve.scaledDebt + scaled - (before ?? 0n) })
  }

  /** The scaled balance, where an absent one can be told: a debt is then zero, a collateral only if everyone is followed. */
  knownScaled(position: Position, reserveId: number, debt: boolean): bigint | null {
    const key = debt ? debtKey(reserveId) : 2 * reserveId
    return scaledOf(position, key) ?? (debt || this.state.followsAll ? 0n : null)
  }
}
