import type { InternalToken } from '../../../auctions/protocol.js'
import type { Address } from '../../../domain/chain.js'
import { WAD, mulDivFloor } from '../../../domain/maths.js'
import type { Valuation } from '../../../profit/valuation.js'
import type { Exits } from './exits.js'

/**
 * Worth of the tokens of an auction market at the newest pool prices: what is paid in, what was won, and both inside the
 * protocol's books. `base`: the market's own valuation, for dollars. Won tokens at what a sale of so many would bring, so
 * that the sale itself is no loss.
 */
export function auctionValuation(
  exits: Exits,
  pay: Address,
  sold: readonly Address[],
  internal: readonly InternalToken[],
  base: Valuation,
): Valuation {
  const wei = (token: Address, amount: bigint): bigint | null => {
    const inside = internal.find((one) => one.token === token)
    if (inside !== undefined) return wei(inside.of, amount / inside.unit)
    if (token === pay) {
      const price = exits.weiOf(WAD)
      return price === null ? null : mulDivFloor(amount, price, WAD)
    }
    return sold.includes(token) ? exits.wei(token, amount) : base.wei(token, amount)
  }
  return { ...base, wei }
}
