import type { PositionId } from '../../src/domain/market.js'
import { ReversibleChanges } from '../../src/domain/reversible-changes.js'
import type { Urn } from './dog.js'
import type { MakerParameters, MakerState, RunningSale } from './state.js'
import { saleId } from './state.js'

/** Every write to the state after its snapshot. */
export class Changes extends ReversibleChanges {
  constructor(private readonly state: MakerState) {
    super()
  }

  /** Sets a vault; an empty one leaves the state. `undo` brings back what was there, if not its place in the order. */
  setUrn(id: PositionId, urn: Urn): void {
    const { urns } = this.state
    const before = urns.get(id)
    const put = (value: Urn | undefined): void => {
      if (value === undefined || (value.ink === 0n && value.art === 0n)) urns.delete(id)
      else urns.set(id, value)
    }
    this.touch(id)
    this.run(
      () => put(urn),
      () => put(before),
    )
  }

  /** All running auctions anew; those that came, went or changed are touched. */
  setSales(sales: ReadonlyMap<bigint, RunningSale>): void {
    const before = this.state.sales
    for (const id of new Set([...before.keys(), ...sales.keys()])) {
      const [old, now] = [before.get(id), sales.get(id)]
      if (old?.tab !== now?.tab || old?.lot !== now?.lot || old?.tic !== now?.tic) this.touch(saleId(id))
    }
    this.set(this.state, { sales })
  }

  setParameters(fields: Partial<MakerParameters>): void {
    this.set(this.state, { parameters: { ...this.state.parameters, ...fields } })
    this.parameters = true
  }

  setStale(stale: boolean): void {
    this.set(this.state, { stale })
  }
}
