import { refuse, type Refusal } from '../../domain/refusal.js'

/** Blocks for which a position goes alone after a transaction with it failed in simulation. */
const ALONE_BLOCKS = 5
/**
 * Blocks for which a position that fails alone is left out; doubled with every further failure, up to the second. Short:
 * the block may have been at fault, or a simulator that lies, and a rival does not rest.
 */
const FIRST_REST_BLOCKS = 2
const LONGEST_REST_BLOCKS = 64

export interface Place {
  readonly market: string
  readonly position: string
}

export const placeOf = (at: Place): string => `${at.market}/${at.position}`

interface Rest {
  readonly until: number
  readonly blocks: number
  readonly reason: string
}

/**
 * One bad position must not hold up the others. After a failed simulation the positions of the transaction go one by one
 * for some blocks; one that fails alone rests, ever longer, because its attempt would occupy the operator's nonce again.
 */
export class Suspects {
  private readonly alone = new Map<string, number>()
  private readonly resting = new Map<string, Rest>()

  /** A transaction with these legs failed in simulation at `block`. */
  failed({ legs }: { readonly legs: readonly Place[] }, block: number, reason: string): void {
    const [only, ...others] = legs
    if (only === undefined) return
    if (others.length > 0) {
      for (const leg of legs) this.alone.set(placeOf(leg), block + ALONE_BLOCKS)
      return
    }
    const before = this.resting.get(placeOf(only))
    const blocks = before === undefined ? FIRST_REST_BLOCKS : Math.min(before.blocks * 2, LONGEST_REST_BLOCKS)
    this.resting.set(placeOf(only), { until: block + blocks, blocks, reason })
  }

  isAlone(place: string, block: number): boolean {
    return (this.alone.get(place) ?? -1) >= block || this.resting.has(place)
  }

  /** Why this position is not even tried at `block`, or null. */
  rest(place: string, block: number): Refusal | null {
    const rest = this.resting.get(place)
    if (rest === undefined || block > rest.until) return null
    return refuse('simulation-failed', `${rest.reason}; tried again after block ${rest.until}`, String(rest.until))
  }

  /** Forgets positions that are liquidatable no more. */
  keep(places: ReadonlySet<string>): void {
    for (const known of [this.alone, this.resting])
      for (const place of known.keys()) if (!places.has(place)) known.delete(place)
  }
}
