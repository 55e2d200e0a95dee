import type { Refusal } from '../../../domain/refusal.js'
import { Suspects, placeOf } from '../suspects.js'

/**
 * What may stand in one run of the agent, which lands as a whole or not at all: what failed together goes one by one for some
 * blocks, and what failed alone rests, so that nothing that cannot be done holds up what can.
 */
export class RunTrials {
  private readonly suspects = new Suspects()

  constructor(private readonly market: string) {}

  /** A run with these legs failed in simulation at `block`. */
  failed(legs: readonly { readonly position: string }[], block: number, reason: string): void {
    const { market } = this
    this.suspects.failed({ legs: legs.map(({ position }) => ({ market, position })) }, block, reason)
  }

  /** Why this is not even tried at `block`, or null. */
  rest(position: string, block: number): Refusal | null {
    return this.suspects.rest(this.place(position), block)
  }

  /** Of `all`, in their order, what the next run may hold: all that is not suspected, or else the first suspect that is awake. */
  together<T>(all: readonly T[], positionOf: (one: T) => string, block: number): readonly T[] {
    const awake = all.filter((one) => this.rest(positionOf(one), block) === null)
    const sound = awake.filter((one) => !this.suspects.isAlone(this.place(positionOf(one)), block))
    return sound.length > 0 ? sound : awake.slice(0, 1)
  }

  private place(position: string): string {
    return placeOf({ market: this.market, position })
  }
}
