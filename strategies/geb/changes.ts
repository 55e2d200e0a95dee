import type { Address } from '../../src/domain/chain.js'
import type { PositionId } from '../../src/domain/market.js'
import { ReversibleChanges } from '../../src/domain/reversible-changes.js'
import type { GebParameters, GebState, Safe } from './state.js'

/** Every write to the state after its snapshot. */
export class Changes extends ReversibleChanges {
  constructor(private readonly state: GebState) {
    super()
  }

  /** Sets a SAFE; an empty one leaves the state. The order of the others stays as it was also after `undo`. */
  setSafe(id: PositionId, safe: Safe): void {
    const { safes } = this.state
    const before = safes.get(id)
    const order = before === undefined ? null : [...safes]
    this.touch(id)
    this.run(
      () => {
        if (safe.locked === 0n && safe.debt === 0n) safes.delete(id)
        else safes.set(id, safe)
      },
      () => {
        if (before === undefined) safes.delete(id)
        else if (safes.has(id)) safes.set(id, before)
        else {
          safes.clear()
          for (const [key, value] of order ?? []) safes.set(key, value)
        }
      },
    )
  }

  /** Null where the SAFE gives its saviour up. */
  setSaviour(id: PositionId, saviour: Address | null): void {
    const { saviours } = this.state
    const before = saviours.get(id) ?? null
    const put = (value: Address | null): void =>
      value === null ? void saviours.delete(id) : void saviours.set(id, value)
    this.touch(id)
    this.run(
      () => {
        put(saviour)
      },
      () => {
        put(before)
      },
    )
  }

  setParameters(fields: Partial<GebParameters>): void {
    this.set(this.state.parameters, fields)
    this.parameters = true
  }

  setStale(stale: boolean): void {
    this.set(this.state, { stale })
  }
}
