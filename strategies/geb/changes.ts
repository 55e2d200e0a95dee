import type { PositionId } from '../../src/domain/market.js'
import type { Delta } from '../../src/domain/strategy.js'
import type { GebParameters, GebState, Safe } from './state.js'

/** Collects the changes of one log or refresh with their inverses: every write after the snapshot goes through here. */
export class Changes implements Delta {
  private readonly inverses: (() => void)[] = []
  private readonly ids = new Set<PositionId>()
  parameters = false
  readonly sources = false

  constructor(private readonly state: GebState) {}

  get touched(): readonly PositionId[] {
    return [...this.ids]
  }

  undo(): void {
    for (let inverse = this.inverses.pop(); inverse !== undefined; inverse = this.inverses.pop()) inverse()
  }

  /** Sets a SAFE; an empty one leaves the state. The order of the others stays as it was also after `undo`. */
  setSafe(id: PositionId, safe: Safe): void {
    const { safes } = this.state
    const before = safes.get(id)
    const order = before === undefined ? null : [...safes]
    this.ids.add(id)
    if (safe.locked === 0n && safe.debt === 0n) safes.delete(id)
    else safes.set(id, safe)
    this.inverses.push(() => {
      if (before === undefined) safes.delete(id)
      else if (safes.has(id)) safes.set(id, before)
      else {
        safes.clear()
        for (const [key, value] of order ?? []) safes.set(key, value)
      }
    })
  }

  setParameters(fields: Partial<GebParameters>): void {
    const { parameters } = this.state
    const before = { ...parameters }
    Object.assign(parameters, fields)
    this.parameters = true
    this.inverses.push(() => void Object.assign(parameters, before))
  }

  setStale(stale: boolean): void {
    const { state } = this
    const before = state.stale
    state.stale = stale
    this.inverses.push(() => {
      state.stale = before
    })
  }
}
