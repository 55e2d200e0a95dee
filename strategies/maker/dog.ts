import { WAD, minOf } from '../../src/domain/maths.js'

/** A vault: collateral (wad) and normalised debt (wad). */
export interface Urn {
  readonly ink: bigint
  readonly art: bigint
}

/** What `bark` turns on beside the urn. */
export interface BarkTerms {
  /** Ray: `vat.ilks(ilk).rate` as stored; `bark` does not drip. */
  readonly rate: bigint
  /** Ray: collateral price over the liquidation ratio, as the last poke left it. */
  readonly spot: bigint
  /** Rad. */
  readonly dust: bigint
  /** Wad, at least 1. */
  readonly chop: bigint
  /** Rad: most that may be on auction, altogether and of this ilk, and what is. */
  readonly Hole: bigint
  readonly Dirt: bigint
  readonly hole: bigint
  readonly dirt: bigint
}

/** Auction that a bark opens: collateral, normalised debt taken (wad); debt and target (rad). */
export interface Bark {
  readonly dink: bigint
  readonly dart: bigint
  readonly due: bigint
  readonly tab: bigint
}

/** The requirement of `Dog.bark` that fails, in the contract's own words. */
export type BarkRefusal =
  'not-unsafe' | 'liquidation-limit-hit' | 'dusty-auction-from-partial-liquidation' | 'null-auction'

/** `ink · spot < art · rate` with a price: exact products, no rounding. */
export const isUnsafe = ({ ink, art }: Urn, { spot, rate }: Pick<BarkTerms, 'spot' | 'rate'>): boolean =>
  spot > 0n && ink * spot < art * rate

/**
 * Dog.bark up to the kick. The room is turned into debt by two divisions rounded down; the share of the collateral is
 * rounded down, so a partial bark leaves the rounding to the vault; the target is rounded down.
 */
export function bark(urn: Urn, terms: BarkTerms): Bark | BarkRefusal {
  const { ink, art } = urn
  const { rate, dust, chop, Hole, Dirt, hole, dirt } = terms
  if (!isUnsafe(urn, terms)) return 'not-unsafe'
  if (Hole <= Dirt || hole <= dirt) return 'liquidation-limit-hit'
  const room = minOf(Hole - Dirt, hole - dirt)
  let dart = minOf(art, (room * WAD) / rate / chop)
  if (art > dart) {
    // what would be left is dust: take it all, whatever the room
    if ((art - dart) * rate < dust) dart = art
    else if (dart * rate < dust) return 'dusty-auction-from-partial-liquidation'
  }
  const dink = (ink * dart) / art
  if (dink === 0n) return 'null-auction'
  const due = dart * rate
  return { dink, dart, due, tab: (due * chop) / WAD }
}
