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

export type DentRefusal = 'already-finished-tic' | 'already-finished-end' | 'lot-not-lower' | 'insufficient-decrease'

/** Flopper.dent at `t` with the auction's own bid. Expiry is strict here: at `tic` itself no bid is taken, and no deal either. */
export function dent(auction: Flop, lot: bigint, { beg, ttl }: FlopTerms, t: bigint): Flop | DentRefusal {
  if (auction.tic !== 0n && auction.tic <= t) return 'already-finished-tic'
  if (auction.end <= t) return 'already-finished-end'
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

/** What the Vow owes and has, rad. */
export interface VowBooks {
  /** `vat.sin(vow)`, `vow.Sin` (queued), `vow.Ash` (on auction), `vat.dai(vow)`. */
  readonly sin: bigint
  readonly queued: bigint
  readonly onAuction: bigint
  readonly dai: bigint
}

/** Debt that neither waits in the queue nor is on auction: what `heal` may cancel and `flop` may auction. */
export const freeDebt = ({ sin, queued, onAuction }: VowBooks): bigint => sin - queued - onAuction

/** The most that `heal` takes: all the dai, as far as there is free debt. */
export const healable = (books: VowBooks): bigint => {
  const free = freeDebt(books)
  const most = free < books.dai ? free : books.dai
  return most > 0n ? most : 0n
}

export type FlopRefusal = 'insufficient-debt' | 'surplus-not-zero'

/**
 * Whether `flop` starts an auction of `sump`. It wants no dai at all in the Vow, so heal and flop must share a transaction: one
 * unit sent in between blocks it.
 */
export function canFlop(books: VowBooks, sump: bigint): true | FlopRefusal {
  if (freeDebt(books) < sump) return 'insufficient-debt'
  return books.dai === 0n ? true : 'surplus-not-zero'
}
