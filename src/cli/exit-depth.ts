import type { Address } from '../domain/chain.js'
import { mulDivFloor } from '../domain/maths.js'
import { pathsBetween, sellAlong } from '../profit/paths.js'
import type { PoolBook } from '../profit/pool-book.js'

export interface DepthQuestion {
  readonly token: Address
  /** Raw units in one whole token, and prices in USD with 8 decimals. */
  readonly unit: bigint
  readonly price: bigint
  readonly into: { readonly token: Address; readonly unit: bigint; readonly price: bigint }
  readonly hops: readonly Address[]
  /** Loss against the oracle that is still acceptable, basis points. */
  readonly maxLossBps: number
}

/** 10^8 base units are a dollar on Aave: the search goes from 10 dollars to some 10 billion. */
const FIRST_BASE = 10n * 10n ** 8n
const DOUBLINGS = 30
const REFINEMENTS = 12

/**
 * Value, in base currency and at the oracle's price, of the most that can be sold along the best single path before it
 * loses more than `maxLossBps` against the oracle; 0 when not even a little can. Rounded down. Pure.
 */
export function exitDepthBase(book: PoolBook, question: DepthQuestion): bigint {
  const { token, unit, price, into, hops, maxLossBps } = question
  if (price <= 0n || into.price <= 0n) return 0n
  const paths = pathsBetween(book, token, into.token, hops)
  const fits = (base: bigint): boolean => {
    const amount = mulDivFloor(base, unit, price)
    if (amount === 0n) return false
    const least = mulDivFloor(base, BigInt(10_000 - maxLossBps), 10_000n)
    return paths.some((path) => {
      const out = sellAlong(path, book, token, amount)
      return out !== null && mulDivFloor(out, into.price, into.unit) >= least
    })
  }
  if (!fits(FIRST_BASE)) return 0n
  let low = FIRST_BASE
  for (let i = 0; i < DOUBLINGS && fits(low * 2n); i++) low *= 2n
  let high = low * 2n
  for (let i = 0; i < REFINEMENTS; i++) {
    const middle = (low + high) / 2n
    if (fits(middle)) low = middle
    else high = middle
  }
  return low
}
