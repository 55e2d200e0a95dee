import { minOf } from '../../src/domain/maths.js'

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

/** Whether debt of second `era` may be popped in a block of `t`: at the end of the wait itself it may. */
export const isRipe = (era: bigint, wait: bigint, t: bigint): boolean => era + wait <= t

/** Vow.flog of an entry that holds `rad`; an entry that was popped holds nothing, and popping it again changes nothing. */
export const flog = (books: VowBooks, rad: bigint): VowBooks => ({ ...books, queued: books.queued - rad })

/** The most that `heal` takes: all the dai, as far as there is free debt. */
export const healable = (books: VowBooks): bigint => {
  const most = minOf(freeDebt(books), books.dai)
  return most > 0n ? most : 0n
}

export type HealRefusal = 'insufficient-surplus' | 'insufficient-debt'

/** Vow.heal: dai and free debt cancel each other. */
export function heal(books: VowBooks, rad: bigint): VowBooks | HealRefusal {
  if (rad > books.dai) return 'insufficient-surplus'
  if (rad > freeDebt(books)) return 'insufficient-debt'
  return cancel(books, rad)
}

const cancel = (books: VowBooks, rad: bigint): VowBooks => ({
  ...{ ...books, sin: books.sin - rad, dai: books.dai - rad },
})

/** Vow.kiss: dai cancels debt that is on auction. */
export function kiss(books: VowBooks, rad: bigint): VowBooks | 'not-enough-ash' | 'insufficient-surplus' {
  if (rad > books.onAuction) return 'not-enough-ash'
  if (rad > books.dai) return 'insufficient-surplus'
  return { ...cancel(books, rad), onAuction: books.onAuction - rad }
}

/** What the first bid of an auction does to the Vow: it pays `bid`, and as much of it as is on auction is kissed at once. */
export function paidFirst(books: VowBooks, bid: bigint): VowBooks {
  const paid = { ...books, dai: books.dai + bid }
  const kissed = kiss(paid, minOf(bid, books.onAuction))
  return typeof kissed === 'string' ? paid : kissed
}

export type FlopRefusal = 'insufficient-debt' | 'surplus-not-zero'

/**
 * Vow.flop: an auction of `sump`. It wants no dai at all in the Vow, so heal and flop must share a transaction: one unit sent
 * in between blocks it.
 */
export function flop(books: VowBooks, sump: bigint): VowBooks | FlopRefusal {
  if (freeDebt(books) < sump) return 'insufficient-debt'
  return books.dai === 0n ? { ...books, onAuction: books.onAuction + sump } : 'surplus-not-zero'
}
