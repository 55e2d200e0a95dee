import type { PositionId } from './market.js'
import type { Delta } from './strategy.js'

const NOBODY: readonly PositionId[] = []

/**
 * The changes of one log (or one refresh) together with their inverses, as every replica collects them. What writes to the
 * state after its snapshot goes through `run` or `set`, so that `undo` restores it exactly.
 */
export class ReversibleChanges implements Delta {
  private readonly inverses: (() => void)[] = []
  /** None for most logs: made with the first. */
  private ids: Set<PositionId> | null = null
  parameters = false
  sources = false

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
}
