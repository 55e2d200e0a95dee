import type { Address } from '../domain/chain.js'
import { bestShare } from './share.js'
import type { Pool, Quote } from './venue.js'

/** A swap that two pools share. They stand in two contracts: one of them may be locked while the other is used. */
export interface Split {
  readonly pool: Pool
  readonly beside: Pool
}

/** Pools, by what they give alone, of which pairs are looked at. */
const BEST = 4
/** A part of the whole that moves few prices, and one that moves none. */
const SMALL_PART = 16n
const TINY_PART = 1_024n

/** How much of `amountIn` the first of the two pools takes where both together give most; null where they cannot. */
export const shareOfSale = ({ pool, beside }: Split, tokenIn: Address, amountIn: bigint): bigint | null =>
  bestShare(amountIn, (share) => {
    const first = part(share, (amount) => pool.sell(tokenIn, amount))
    const second = part(amountIn - share, (amount) => beside.sell(tokenIn, amount))
    return first === null ? 'less' : second === null ? 'more' : first.amountOut + second.amountOut
  })

/** How much of `amountOut` the first of the two pools gives where both together take least; null where they cannot. */
export const shareOfPurchase = ({ pool, beside }: Split, tokenOut: Address, amountOut: bigint): bigint | null =>
  bestShare(amountOut, (share) => {
    const first = part(share, (amount) => pool.buy(tokenOut, amount))
    const second = part(amountOut - share, (amount) => beside.buy(tokenOut, amount))
    return first === null ? 'less' : second === null ? 'more' : -first.amountIn - second.amountIn
  })

type Amounts = Pick<Quote, 'amountIn' | 'amountOut'>
const NOTHING: Amounts = { amountIn: 0n, amountOut: 0n }

const part = (amount: bigint, ask: (amount: bigint) => Quote | null): Amounts | null =>
  amount === 0n ? NOTHING : ask(amount)

/**
 * The two of `pools` that together give most for `amountIn`; null where that is not by more than `least` of the other token
 * above what the best gives alone: another swap costs gas. Pure.
 */
export function splitOf(pools: readonly Pool[], tokenIn: Address, amountIn: bigint, least: bigint): Split | null {
  const alone = pools
    .map((pool) => ({ pool, out: pool.sell(tokenIn, amountIn)?.amountOut ?? 0n, some: 0n }))
    .map((one) => (one.out > 0n ? one : { ...one, some: one.pool.sell(tokenIn, amountIn / 2n)?.amountOut ?? 0n }))
    .sort((a, b) => descending(a.out, b.out) || descending(a.some, b.some))
    .slice(0, BEST)
  const single = alone[0]?.out ?? 0n
  let best: { readonly split: Split | null; readonly out: bigint } = { split: null, out: single + least }
  for (const [first, second] of pairsOf(alone)) {
    const split = { pool: first.pool, beside: second.pool }
    if (first.out > 0n && !mayGain(split, tokenIn, amountIn, { first: first.out, least: best.out - first.out }))
      continue
    const share = shareOfSale(split, tokenIn, amountIn)
    const out = share === null ? 0n : soldBy(split, tokenIn, amountIn, share)
    if (out > best.out) best = { split, out }
  }
  return best.split
}

const descending = (a: bigint, b: bigint): number => (a === b ? 0 : a > b ? -1 : 1)

const pairsOf = <T extends { readonly pool: Pool }>(pools: readonly T[]): (readonly [T, T])[] =>
  pools.flatMap((first, i) =>
    pools
      .slice(i + 1)
      .flatMap((second) => (first.pool.contract === second.pool.contract ? [] : [[first, second] as const])),
  )

/**
 * False where no part sold beside the first pool gains more than `least`. Worth is concave in that part: where a small one
 * gains nothing, none above it does, and none below it more than a tiny one, as often as that is in it.
 */
function mayGain(
  split: Split,
  tokenIn: Address,
  amountIn: bigint,
  { first, least }: { readonly first: bigint; readonly least: bigint },
): boolean {
  const gainOf = (part: bigint): bigint =>
    part === 0n ? 0n : soldBy(split, tokenIn, amountIn, amountIn - part) - first
  if (gainOf(amountIn / SMALL_PART) > 0n) return true
  return (gainOf(amountIn / TINY_PART) * TINY_PART) / SMALL_PART > least
}

/** What both give together; nothing where one of them cannot take its part. */
function soldBy({ pool, beside }: Split, tokenIn: Address, amountIn: bigint, share: bigint): bigint {
  const [first, second] = [pool.sell(tokenIn, share), beside.sell(tokenIn, amountIn - share)]
  return first === null || second === null ? 0n : first.amountOut + second.amountOut
}
