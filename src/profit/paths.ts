import type { Address } from '../domain/chain.js'
import type { PoolBook } from './pool-book.js'
import { otherToken, type Pool } from './venue.js'

/** Pools in the order in which a token passes them; empty where nothing has to be changed. */
export type Path = readonly Pool[]

/** Direct pools, then two pools through one of `hops`. `[[]]` for a token and itself. */
export function pathsBetween(book: PoolBook, from: Address, to: Address, hops: readonly Address[]): readonly Path[] {
  if (from === to) return [[]]
  const direct = book.between(from, to).map((pool) => [pool])
  const through = hops
    .filter((hop) => hop !== from && hop !== to)
    .flatMap((hop) => book.between(from, hop).flatMap((a) => book.between(hop, to).map((b) => [a, b])))
  return [...direct, ...through]
}

/** What selling `amount` along the path brings; null where its depth does not fill it. */
export function sellAlong(path: Path, book: PoolBook, from: Address, amount: bigint): bigint | null {
  let token = from
  let left = amount
  for (const { address } of path) {
    const pool = book.get(address)
    const quote = pool?.sell(token, left)
    if (!pool || !quote || quote.amountOut <= 0n) return null
    left = quote.amountOut
    token = otherToken(pool, token)
  }
  return left
}

/**
 * The `keep` paths that bring most at each of the amounts, without repetition, in the order of the amounts. A path that
 * fills none of them is left out, except that the last resort, the first path, is kept when all are: sizes below the
 * samples may still fit.
 */
export function bestPaths(
  paths: readonly Path[],
  book: PoolBook,
  from: Address,
  amounts: readonly bigint[],
  keep: number,
): readonly Path[] {
  const chosen = new Set<Path>()
  for (const amount of amounts) {
    const ranked = paths
      .map((path) => ({ path, out: sellAlong(path, book, from, amount) }))
      .flatMap(({ path, out }) => (out === null ? [] : [{ path, out }]))
      .sort((a, b) => (a.out === b.out ? 0 : a.out > b.out ? -1 : 1))
    for (const { path } of ranked.slice(0, keep)) chosen.add(path)
  }
  return chosen.size > 0 ? [...chosen] : paths.slice(0, keep)
}
