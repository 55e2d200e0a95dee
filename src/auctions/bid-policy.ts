import { WAD, divCeil, maxOf, minOf } from '../domain/maths.js'
import { BPS, type Fair } from './expected-profit.js'

/**
 * How an English auction is bid in. `step`: the least that outbids · `preclude`: so low that a rival with margin
 * `rivalMarginBps` gains nothing from outbidding us · `snipe`: the least, in the last seconds, if nobody has bid before ·
 * `expiry`: not at all while nobody bids, so that the auction runs out and is started again with a larger lot.
 * Where somebody has bid the last two preclude.
 */
export type BidStyle = 'step' | 'preclude' | 'snipe' | 'expiry'

export interface PolicyContext {
  /** Largest legal lot. */
  readonly next: bigint
  /** Least lot that is worth the bid to us. */
  readonly reservation: bigint
  readonly pay: bigint
  /** By how much each bid must lower the lot, wad: 1.05e18 is 5 %. */
  readonly decrease: bigint
  readonly contested: boolean
  readonly fair: Fair
}

export interface PolicySettings {
  readonly style: BidStyle
  readonly rivalMarginBps: bigint
  /** Seconds before the end in which a snipe is sent. */
  readonly snipeSeconds: bigint
}

/** The lot to ask for: never below the reservation, never above the next step. */
export function chooseLot(context: PolicyContext, { style, rivalMarginBps }: PolicySettings): bigint {
  const { next, reservation } = context
  const precludes = style === 'preclude' || (style !== 'step' && context.contested)
  const wanted = precludes ? precluding(context, rivalMarginBps) : next
  return maxOf(reservation, minOf(next, wanted))
}

/**
 * Largest lot after which the next step is worth less than the bid and the rival's margin, at our own price without our
 * haircut: a rival who values as we do and asks for that margin has nothing left to bid for.
 */
function precluding({ next, pay, decrease, fair }: PolicyContext, rivalMarginBps: bigint): bigint {
  const enough = divCeil(pay * (BPS + rivalMarginBps), BPS)
  const rivals = leastWith((lot) => fair.proceeds(lot) >= enough, next)
  // one unit less than the least that pays: after ours the rival's step must fall below it
  return rivals === null ? next : ((rivals - 1n) * decrease) / WAD
}

/** The smallest value in 1 … `most` that holds, for a test that goes on holding; null where none does. */
export function leastWith(holds: (value: bigint) => boolean, most: bigint): bigint | null {
  if (most <= 0n || !holds(most)) return null
  let [low, high] = [0n, most]
  while (high - low > 1n) {
    const middle = (low + high) / 2n
    if (holds(middle)) high = middle
    else low = middle
  }
  return high
}
