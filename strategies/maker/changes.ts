import type { PositionId } from '../../src/domain/market.js'
import type { Delta } from '../../src/domain/strategy.js'
import type { Urn } from './dog.js'
import type { MakerParameters, MakerState } from './state.js'

/** Collects the changes of one log or refresh with their inverses: every write after the snapshot goes through here. */
export class Changes implements Delta {
  private readonly inverses: (() => void)[] = []
  private readonly ids = new Set<PositionId>()
  parameters = false
  readonly sources = false

  constructor(private readonly state: MakerState) {}

  get touched(): readonly PositionId[] {
    return [...this.ids]
  }

  undo(): void {
    for (let inverse = this.inverses.pop(); inverse !== undefined; inverse = this.inverses.pop()) inverse()
  }

  /** Sets a vault; an empty one leaves the state. `undo` brings back what was there, if not its place in the order. */
  setUrn(id: PositionId, urn: Urn): void {
    const { urns } = this.state
    const before = urns.get(id)
    const put = (value: Urn | undefined): void => {
      if (value === undefined || (value.ink === 0n && value.art === 0n)) urns.delete(id)
      else urns.set(id, value)
    }
    this.ids.add(id)
    put(urn)
    this.inverses.push(() => {
      put(before)
    })
  }

  setParameters(fields: Partial<MakerParameters>): void {
    const { state } = this
    const before = state.parameters
    state.parameters = { ...before, ...fields }
    this.parameters = true
    this.inverses.push(() => {
      state.parameters = before
    })
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
