import type { Opportunity } from '../../domain/opportunity.js'

/** Blocks for which a position goes alone after a transaction with it failed in simulation. */
const ALONE_BLOCKS = 5

export const placeOf = (at: { readonly market: string; readonly position: string }): string =>
  `${at.market}/${at.position}`

/**
 * One bad position must not hold up the others of its transaction: after a failed simulation its positions go one by one
 * for some blocks, so that only the bad one keeps failing.
 */
export class Suspects {
  private readonly until = new Map<string, number>()

  /** A transaction with these legs failed in simulation at `block`. */
  failed({ legs }: Opportunity, block: number): void {
    for (const leg of legs) this.until.set(placeOf(leg), block + ALONE_BLOCKS)
  }

  isAlone(place: string, block: number): boolean {
    const until = this.until.get(place)
    if (until !== undefined && until < block) this.until.delete(place)
    return until !== undefined && until >= block
  }
}
