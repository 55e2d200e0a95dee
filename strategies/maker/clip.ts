import { minOf } from '../../src/domain/maths.js'
import { type Calc, feedPrice, incentive, priceAfter, rdiv, rmul } from './maths.js'

/** Parameters of a Clipper: buf, cusp ray; tail seconds; chip wad; tip, chost rad; par ray. */
export interface ClipTerms {
  readonly calc: Calc
  readonly buf: bigint
  readonly tail: bigint
  readonly cusp: bigint
  readonly chip: bigint
  readonly tip: bigint
  readonly chost: bigint
  readonly par: bigint
  /** 0 runs · 1 no kicks · 2 no redos either · 3 no takes either. */
  readonly stopped: bigint
}

/** A running auction: tab rad, lot wad, top ray, tic unix seconds. */
export interface Sale {
  readonly tab: bigint
  readonly lot: bigint
  readonly tic: bigint
  readonly top: bigint
}

/** Clipper.status at `t`: past its tail, or fallen below cusp of its start, it must be reset. */
export function statusOf(
  { tic, top }: Sale,
  { calc, tail, cusp }: ClipTerms,
  t: bigint,
): { needsRedo: boolean; price: bigint } {
  const price = priceAfter(calc, top, t - tic)
  return { needsRedo: t - tic > tail || rdiv(price, top) < cusp, price }
}

export type KickRefusal = 'stopped-incorrect' | 'invalid-price' | 'zero-top-price'

/** Clipper.kick behind a bark: the starting price and what the keeper gets, rad. `feed`: the oracle's wad, null without one. */
export function kick(
  tab: bigint,
  feed: bigint | null,
  terms: ClipTerms,
): { readonly top: bigint; readonly coin: bigint } | KickRefusal {
  if (terms.stopped >= 1n) return 'stopped-incorrect'
  if (feed === null) return 'invalid-price'
  const top = rmul(feedPrice(feed, terms.par), terms.buf)
  return top === 0n ? 'zero-top-price' : { top, coin: incentive(tab, terms) }
}

/** Clipper.redo: paid again only for an auction that is worth it (`chost`) by target and by collateral. */
export function redo(
  sale: Sale,
  feed: bigint | null,
  terms: ClipTerms,
  t: bigint,
): { readonly top: bigint; readonly coin: bigint } | KickRefusal | 'cannot-reset' {
  if (terms.stopped >= 2n) return 'stopped-incorrect'
  if (!statusOf(sale, terms, t).needsRedo) return 'cannot-reset'
  if (feed === null) return 'invalid-price'
  const price = feedPrice(feed, terms.par)
  const top = rmul(price, terms.buf)
  if (top === 0n) return 'zero-top-price'
  const worth = sale.tab >= terms.chost && sale.lot * price >= terms.chost
  return { top, coin: worth ? incentive(sale.tab, terms) : 0n }
}

/** What a take moves: slice wad of collateral for owe rad of dai; what stays of the auction. */
export interface Taken {
  readonly price: bigint
  readonly slice: bigint
  readonly owe: bigint
  readonly tab: bigint
  readonly lot: bigint
}

export type TakeRefusal = 'stopped-incorrect' | 'needs-reset' | 'too-expensive' | 'no-partial-purchase'

/**
 * Clipper.take of at most `amt` at no more than `max`. Buying for more than the target is cut to it, and a purchase that
 * would leave less than `chost` of target is cut so that `chost` stays; both slices are rounded down.
 */
export function take(sale: Sale, terms: ClipTerms, t: bigint, amt: bigint, max: bigint): Taken | TakeRefusal {
  if (terms.stopped >= 3n) return 'stopped-incorrect'
  const { needsRedo, price } = statusOf(sale, terms, t)
  if (needsRedo) return 'needs-reset'
  if (max < price) return 'too-expensive'
  const { tab, lot } = sale
  let slice = minOf(lot, amt)
  let owe = slice * price
  if (owe > tab) {
    owe = tab
    slice = owe / price
  } else if (owe < tab && slice < lot && tab - owe < terms.chost) {
    if (tab <= terms.chost) return 'no-partial-purchase'
    owe = tab - terms.chost
    slice = owe / price
  }
  return { price, slice, owe, tab: tab - owe, lot: lot - slice }
}
