import type { Head } from '../../domain/chain.js'
import type { PreparedWay } from '../../profit/prepared-leg.js'
import type { Near } from './nearness.js'
import type { Supplies } from './quoting.js'
import { placeOf } from './suspects.js'

/** Blocks after which a rehearsal counts no more. */
const LASTS_BLOCKS = 2

/** A position of which everything but the amounts is known. */
export interface PreparedPosition {
  readonly near: Near
  /** How its pairs pay best at the price that would make it liquidatable. */
  readonly ways: readonly PreparedWay[]
  /** Head at which the ways were searched. */
  readonly searchedAt: number
  /** Head at which its call passed in a simulation; where nothing simulates, at which it was made. */
  readonly passedAt: number
  readonly netWei: bigint
}

/** Positions near their threshold that are ready to be liquidated. */
export class PreparedBook {
  private readonly positions = new Map<string, PreparedPosition>()

  /** `suppliesAt`: the pools that they will be exited through and the price of data, at exactly this head or not at all. */
  constructor(readonly suppliesAt: (head: Head) => Supplies | null) {}

  get(place: string): PreparedPosition | undefined {
    return this.positions.get(place)
  }

  /** Null unless its call passed lately, or nothing can tell. */
  ready(place: string, head: Head): PreparedPosition | null {
    const known = this.positions.get(place)
    if (known === undefined) return null
    return isRecent(known.passedAt, head) ? known : null
  }

  keep(position: PreparedPosition): void {
    this.positions.set(placeOf(position.near), position)
  }

  drop(place: string): void {
    this.positions.delete(place)
  }

  /** Forgets positions that are not near any more. */
  retain(places: ReadonlySet<string>): void {
    for (const place of this.positions.keys()) if (!places.has(place)) this.positions.delete(place)
  }

  /** How many are ready. */
  count(head: Head): number {
    return [...this.positions.keys()].filter((place) => this.ready(place, head) !== null).length
  }
}

const isRecent = (block: number, head: Head): boolean => head.number - block <= LASTS_BLOCKS
