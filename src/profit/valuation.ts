import type { Address } from '../domain/chain.js'
import { KeeperError } from '../domain/errors.js'
import { WAD, divCeil, mulDivCeil, mulDivFloor } from '../domain/maths.js'
import type { PriceView } from '../domain/prices.js'
import { inDollars } from '../domain/price-unit.js'
import type { ReserveInfo } from '../domain/strategy.js'

/** Worth of tokens at one market's own prices, in USD with 8 decimals. Pure. */
export interface Valuation {
  /** Wei of the native token, rounded down; null for a token without a price. */
  wei(token: Address, amount: bigint): bigint | null
  /** Raw units of `token` worth at least `wei`, rounded up; null for a token without a price. */
  units(token: Address, wei: bigint): bigint | null
  /** USD with 8 decimals, rounded down; null for a token without a price. */
  base(token: Address, amount: bigint): bigint | null
  /** USD with 8 decimals, rounded down. */
  usd8(wei: bigint): bigint
  /** Wei worth at least `usd8`, rounded up. */
  weiOfUsd8(usd8: bigint): bigint
}

/** USD with 8 decimals for one whole token, rounded down. */
export const dollarPrice = ({ feed, unit }: ReserveInfo, at: PriceView): bigint =>
  inDollars(at.price(feed).value, unit === undefined ? null : at.price(unit).value)

/**
 * Prices of `reserves` at `at`. Throws `KeeperError('price-unknown')` when the market has no price of the wrapped native
 * token: gas could then not be compared with gains.
 */
export function valuationOf(reserves: readonly ReserveInfo[], at: PriceView, wrappedNative: Address): Valuation {
  const prices = new Map<Address, { price: bigint; unit: bigint }>()
  for (const reserve of reserves) {
    const { token } = reserve
    const price = dollarPrice(reserve, at)
    if (price > 0n) prices.set(token.address, { price, unit: 10n ** BigInt(token.decimals) })
  }
  const native = prices.get(wrappedNative)?.price
  if (native === undefined) {
    throw new KeeperError('price-unknown', `no price of the wrapped native token ${wrappedNative} in this market`, {
      token: wrappedNative,
    })
  }
  const price = (token: Address) => prices.get(token) ?? null
  return {
    wei(token, amount) {
      if (token === wrappedNative) return amount
      const known = price(token)
      return known && mulDivFloor(amount * known.price, WAD, known.unit * native)
    },
    units(token, wei) {
      if (token === wrappedNative) return wei
      const known = price(token)
      return known && mulDivCeil(wei * native, known.unit, known.price * WAD)
    },
    base(token, amount) {
      const known = price(token)
      return known && mulDivFloor(amount, known.price, known.unit)
    },
    usd8: (wei) => mulDivFloor(wei, native, WAD),
    weiOfUsd8: (usd8) => divCeil(usd8 * WAD, native),
  }
}
