import type { PositionId } from '../../src/domain/market.js'
import type { Delta } from '../../src/domain/strategy.js'
import { type AaveState, type Position, debtKey, isDebtKey, reserveOfKey, scaledOf } from './state.js'

const NOBODY: readonly PositionId[] = []

/**
 * Collects the changes of one log (or one refresh) together with their inverses. Every write to the state after its
 * snapshot goes through here, so that `undo` restores it exactly, the order of positions and entries included.
 */
export class Changes implements Delta {
  private readonly inverses: (() => void)[] = []
  /** None for most logs: made with the first. */
  private ids: Set<PositionId> | null = null
  parameters = false
  sources = false

  constructor(readonly state: AaveState) {}

  get touched(): readonly PositionId[] {
    return this.ids === null ? NOBODY : [...this.ids]
  }

  undo(): void {
    for (let inverse = this.inverses.pop(); inverse !== undefined; inverse = this.inverses.pop()) inverse()
  }

  /** For changes that have their own shape: `apply` now, `inverse` on undo. */
  run(apply: () => void, inverse: () => void): void {
    apply()
    this.inverses.push(inverse)
  }

  touch(id: PositionId): void {
    this.ids ??= new Set()
    this.ids.add(id)
  }

  /** Assigns fields of `target`. */
  set<T extends object>(target: T, fields: Partial<T>): void {
    const before: Partial<T> = {}
    for (const key of Object.keys(fields) as (keyof T)[]) before[key] = target[key]
    Object.assign(target, fields)
    this.inverses.push(() => void Object.assign(target, before))
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
