import { divCeil } from '../domain/maths.js'
import type { Quote } from './venue.js'

const ONE = 10_000n

/** `limitBps` below the quote, rounded down, never nothing: what a pool must bring at least. */
export function atLeast({ amountOut }: Pick<Quote, 'amountOut'>, limitBps: number): bigint {
  const least = (amountOut * (ONE - BigInt(limitBps))) / ONE
  return least > 0n ? least : 1n
}

/** `bps` above the amount, rounded up: what a pool may take at most, or what it is paid for safety. */
export function above(amount: bigint, bps: number): bigint {
  return divCeil(amount * (ONE + BigInt(bps)), ONE)
}

/**
 * Of a sale that also sells the `left` that earlier legs have left: what it brings at least where those have failed and left
 * nothing. A smaller sale has the better price, so its part of the proceeds, rounded down, is a lower bound.
 */
export function ownPart(quote: Pick<Quote, 'amountIn' | 'amountOut'>, left: bigint): Pick<Quote, 'amountOut'> {
  if (left === 0n || quote.amountIn === 0n) return quote
  const own = quote.amountIn > left ? quote.amountIn - left : 0n
  return { amountOut: (quote.amountOut * own) / quote.amountIn }
}
