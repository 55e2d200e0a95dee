import type { Arena } from './arena.js'
import type { Collector, Question } from './collector.js'
import type { DraftRow } from './draft-row.js'
import { type Place, RowTable } from './row-table.js'

/** The upper half of the last bucket's places (`hotPlace`) names rows of the tail: no bucket holds so many rows. */
const TAIL = 0xf800_0000
const TIER = 2 ** 25
/** The lowest bin of each tier: reference health factors from 0, 1.0105, 1.0305 and 1.0705 on. */
const TIERS: readonly number[] = [0, 21, 61, 141]

/** All but the longest rows lie in one run: where a few dozen are looked at, a second run costs more than the padding. */
const LEAST_LENGTH = 8

export const isTail = (place: Place): boolean => place >= TAIL

const tierOf = (place: Place): number => Math.floor((place - TAIL) / TIER)
const rowOf = (place: Place): Place => (place - TAIL) % TIER

/**
 * Rows that changed since the epoch. They are not sorted, but apart in tiers of reference bins, so that a query of a small
 * rho does not read the rows that it cannot find.
 */
export class HotTail {
  private readonly tiers: readonly RowTable[]

  constructor(
    arena: Arena,
    readonly wide: boolean,
  ) {
    this.tiers = TIERS.map(() => new RowTable(arena, wide, LEAST_LENGTH))
  }

  get size(): number {
    let size = 0
    for (const tier of this.tiers) size += tier.size
    return size
  }

  /** Writes a new row of reference bin `bin`; the place it returns is one of the tail (`isTail`). */
  add(id: number, row: DraftRow, bin: number): Place {
    const tier = TIERS.findLastIndex((from) => from <= bin)
    return TAIL + tier * TIER + this.tier(tier).add(id, row)
  }

  /** Rewrites a row in place; false when it no longer fits there, then nothing was done. */
  rewrite(place: Place, id: number, row: DraftRow, bin: number): boolean {
    const tier = tierOf(place)
    const fits = bin >= (TIERS[tier] ?? 0) && bin < (TIERS[tier + 1] ?? Infinity)
    return fits && this.tier(tier).rewrite(rowOf(place), id, row)
  }

  remove(place: Place): void {
    this.tier(tierOf(place)).remove(rowOf(place))
  }

  /** Looks at all rows that may be of `bin` or below; returns how many those are. */
  scan(bin: number, collector: Collector, question: Question): number {
    let rows = 0
    for (let i = 0; i < TIERS.length && (TIERS[i] ?? 0) <= bin; i++) {
      const tier = this.tier(i)
      if (tier.size === 0) continue
      tier.scan(collector, question)
      rows += tier.size
    }
    return rows
  }

  clear(): void {
    for (const tier of this.tiers) tier.clear()
  }

  /** Gives the memory back. */
  release(): void {
    for (const tier of this.tiers) tier.release()
  }

  get bytes(): number {
    return this.tiers.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  private tier(index: number): RowTable {
    const tier = this.tiers[index]
    if (tier === undefined) throw new RangeError(`no tier ${index} of the tail`)
    return tier
  }
}
