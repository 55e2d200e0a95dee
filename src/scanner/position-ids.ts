import type { PositionId } from '../domain/market.js'

/** Dense small integers for the positions of one market. A position keeps its number for ever. */
export class PositionIds {
  private readonly numbers = new Map<PositionId, number>()
  private readonly positions: PositionId[] = []

  get size(): number {
    return this.positions.length
  }

  /** The number of `position`, new if it has none. */
  number(position: PositionId): number {
    let id = this.numbers.get(position)
    if (id === undefined) this.numbers.set(position, (id = this.positions.push(position) - 1))
    return id
  }

  /** Throws `RangeError` for a number that was never given. */
  position(id: number): PositionId {
    const position = this.positions[id]
    if (position === undefined) throw new RangeError(`no position has number ${id}`)
    return position
  }
}
