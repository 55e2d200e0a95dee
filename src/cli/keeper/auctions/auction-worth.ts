import type { InternalToken } from '../../../auctions/protocol.js'
import type { Address } from '../../../domain/chain.js'
import { WAD, mulDivFloor } from '../../../domain/maths.js'
import type { Valuation } from '../../../profit/valuation.js'
import type { Exits } from './exits.js'

/**
 * Worth of the tokens of an auction market at the newest pool prices: what is paid in, what was won, and both inside the
 * protocol's books. `base`: the market's own valuation, for dollars. Small-size prices: a booking is not a sale.
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
    if (!sold.includes(token)) return base.wei(token, amount)
    const price = exits.wei(token, WAD)
    return price === null ? null : mulDivFloor(amount, price, WAD)
  }
  return { ...base, wei }
}
