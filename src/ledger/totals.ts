import type { Address } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'

/** Wei of the chain's coin that `denominator` raw units of a token are worth: `numerator`. Exact, no rounding. */
export interface PriceInWei {
  readonly numerator: bigint
  readonly denominator: bigint
}

/** Adds maps of raw units per token; tokens that come out even are left out. */
export function sumDeltas(parts: Iterable<ReadonlyMap<Address, bigint>>): Map<Address, bigint> {
  const sums = new Map<Address, bigint>()
  for (const part of parts) {
    for (const [token, amount] of part) sums.set(token, (sums.get(token) ?? 0n) + amount)
  }
  for (const [token, amount] of sums) if (amount === 0n) sums.delete(token)
  return sums
}

const floorDiv = (a: bigint, b: bigint): bigint => (a >= 0n || a % b === 0n ? a / b : a / b - 1n)

/**
 * Value in wei of raw units per token, all at once: the fractions are summed exactly and rounded down once (towards minus
 * infinity). Throws `KeeperError('price-unknown')` for a token without a price.
 */
export function valueInWei(amounts: ReadonlyMap<Address, bigint>, prices: ReadonlyMap<Address, PriceInWei>): bigint {
  let numerator = 0n
  let denominator = 1n
  for (const [token, amount] of amounts) {
    if (amount === 0n) continue
    const price = prices.get(token)
    if (price === undefined) {
      throw new KeeperError(
        'price-unknown',
        `no price for token ${token}, of which ${amount} raw units are to be valued`,
      )
    }
    numerator = numerator * price.denominator + amount * price.numerator * denominator
    denominator *= price.denominator
  }
  return floorDiv(numerator, denominator)
}
