import { WAD } from '../../src/domain/maths.js'

/** Parameters of the Flopper: beg, pad wad; ttl, tau seconds. */
export interface FlopTerms {
  readonly beg: bigint
  readonly pad: bigint
  readonly ttl: bigint
  readonly tau: bigint
}

/** A debt auction: lot wad of governance token; tic is zero until somebody bids. Without a leader (`led`) it is the Vow's own. */
export interface Flop {
  readonly lot: bigint
  readonly tic: bigint
  readonly end: bigint
}

/** In the order in which the Flopper asks. */
export type DentRefusal =
  'already-finished-tic' | 'already-finished-end' | 'not-matching-bid' | 'lot-not-lower' | 'insufficient-decrease'

/**
 * Flopper.dent at `t` for `lot`, offering the auction's own bid unless `bids` says otherwise. Expiry is strict here: at `tic`
 * itself no bid is taken, and no deal either.
 */
export function dent(
  auction: Flop,
  lot: bigint,
  { beg, ttl }: FlopTerms,
  t: bigint,
  bids: { readonly bid: bigint; readonly offered: bigint } = { bid: 0n, offered: 0n },
): Flop | DentRefusal {
  if (auction.tic !== 0n && auction.tic <= t) return 'already-finished-tic'
  if (auction.end <= t) return 'already-finished-end'
  if (bids.offered !== bids.bid) return 'not-matching-bid'
  if (lot >= auction.lot) return 'lot-not-lower'
  if (beg * lot > auction.lot * WAD) return 'insufficient-decrease'
  return { ...auction, lot, tic: t + ttl }
}

/** The largest lot that the next bid may ask for, rounded down. */
export const nextLot = ({ lot }: Flop, { beg }: FlopTerms): bigint => (lot * WAD) / beg

/** Flopper.deal: strict, a second after `tic` or `end`. An auction that was dealt has a `tic` of zero and is never dealable. */
export const isDealable = ({ tic, end }: Flop, t: bigint): boolean => tic !== 0n && (tic < t || end < t)

/** Flopper.tick: nobody bid in time; the lot grows by `pad`, rounded down. */
export function tick(auction: Flop, { pad, tau }: FlopTerms, t: bigint): Flop | 'not-finished' | 'bid-already-placed' {
  if (auction.end >= t) return 'not-finished'
  if (auction.tic !== 0n) return 'bid-already-placed'
  return { ...auction, lot: (pad * auction.lot) / WAD, end: t + tau }
}
