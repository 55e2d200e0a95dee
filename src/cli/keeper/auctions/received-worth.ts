import type { Address, Head } from '../../../domain/chain.js'
import type { Valuation } from '../../../profit/valuation.js'
import type { MarketWatch } from '../market-watch.js'
import type { Sending } from '../sending.js'
import { valueUsd8Of } from '../value.js'
import type { AuctionRoomOptions } from './auction-room.js'

export interface ReceivedWorthOptions extends Pick<Sending, 'ledger' | 'gate'> {
  readonly watches: readonly MarketWatch[]
  readonly wrappedNative: Address
  /** The newest head, null before the first. */
  readonly head: () => Head | null
  /** What tokens are worth that no lending market prices, as the room knows it by then. */
  readonly worths: () => readonly Valuation[] | undefined
}

/** Values what somebody else's transaction has booked and tells the risk gate; takes it back with its block. */
export function receivedWorth(options: ReceivedWorthOptions): Pick<AuctionRoomOptions, 'booked' | 'undone'> {
  const { ledger, gate, watches, wrappedNative, head: newest, worths } = options
  return {
    booked({ deltas }, transaction, blockHash, timestamp) {
      const head = newest()
      if (head === null) return
      const none = { netWei: 0n, netUsd8: 0n }
      const { usd8, unpriced } = valueUsd8Of(deltas, none, watches, head, wrappedNative, worths())
      ledger.valued(transaction, blockHash, usd8, [...unpriced.keys()])
      const figures = { netUsd8: usd8, reverted: false, unpricedOut: [] }
      gate.realised({ transaction, blockHash, atMs: Number(timestamp) * 1000, ...figures })
    },
    undone(transaction) {
      gate.takeBack(transaction)
    },
  }
}
