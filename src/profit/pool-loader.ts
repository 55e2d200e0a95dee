import type { ChainConfig } from '../config/market-file.js'
import type { Address, Reader } from '../domain/chain.js'
import { PoolBook } from './pool-book.js'
import type { FreeLoan, LiquidityVenue, Pair } from './venue.js'

type Tokens = Pick<ChainConfig, 'wrappedNative' | 'hops'>

/** The two ends of an exit; a plan is one. */
export interface Ends {
  readonly collateral: { readonly address: Address }
  readonly debt: { readonly address: Address }
}

/** Every pair that a route of these plans can use: collateral, debt, wrapped native token and hops among each other. */
export function pairsFor(plans: Iterable<Ends>, { wrappedNative, hops }: Tokens): readonly Pair[] {
  const pairs = new Map<string, Pair>()
  for (const { collateral, debt } of plans) {
    const tokens = [...new Set([collateral.address, debt.address, wrappedNative, ...hops])].sort()
    tokens.forEach((a, i) => {
      for (const b of tokens.slice(i + 1)) pairs.set(`${a}-${b}`, [a, b])
    })
  }
  return [...pairs.values()]
}

/** Finds pools once and reads those that the current candidates need, at one block. */
export class PoolLoader {
  constructor(
    private readonly venues: readonly LiquidityVenue[],
    private readonly tokens: Tokens,
  ) {}

  /**
   * The pools on the routes of `plans` at `block`: one batch of reads in the steady state. Rejects as `reader` does; pools
   * that do not answer are left out.
   */
  async load(reader: Reader, plans: Iterable<Ends>, block: number): Promise<PoolBook> {
    const wanted = [...plans]
    const pairs = pairsFor(wanted, this.tokens)
    const [loaded, loans] = await Promise.all([
      Promise.all(this.venues.map(async (venue) => venue.load(reader, await venue.find(reader, pairs, block), block))),
      loansOf(this.venues, reader, debtsOf(wanted), block),
    ])
    return PoolBook.of(block, loaded.flat(), loans)
  }
}

export const debtsOf = (plans: readonly Pick<Ends, 'debt'>[]): readonly Address[] => [
  ...new Set(plans.map(({ debt }) => debt.address)),
]

/** What lends these tokens for nothing. */
export async function loansOf(
  venues: readonly LiquidityVenue[],
  reader: Reader,
  debts: readonly Address[],
  block: number,
): Promise<readonly FreeLoan[]> {
  if (debts.length === 0) return []
  return (await Promise.all(venues.map((venue) => venue.loans?.(reader, debts, block) ?? Promise.resolve([])))).flat()
}
