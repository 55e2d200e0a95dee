import type { LogLike, Movement } from '../../src/auctions/protocol.js'
import { toAddress, type Address, type Hex } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { DEBT_HOUSE, SAFE_ENGINE, addressOf, topicOf } from './calls.js'
import { contractOf } from './contracts.js'
import { wordAt } from './log-words.js'

const COINS = topicOf(SAFE_ENGINE, 'TransferInternalCoins')
const COLLATERAL = topicOf(SAFE_ENGINE, 'TransferCollateral')
const BID = topicOf(DEBT_HOUSE, 'DecreaseSoldAmount')
const SETTLED = topicOf(DEBT_HOUSE, 'SettleAuction')
const TERMINATED = topicOf(DEBT_HOUSE, 'TerminateAuctionPrematurely')

/** Events of the house after which a bid of ours may have been paid back, or its lot minted to us. */
export const TOUCHING: readonly Hex[] = [BID, SETTLED, TERMINATED]

const ZERO: Address = `0x${'0'.repeat(40)}`
const topicAddress = (topic: Hex | undefined): Address => toAddress(`0x${(topic ?? ZERO).slice(-40)}`)
const addressAt = (data: Hex, index: number): Address => addressOf(wordAt(data, index))

/**
 * What the logs of one transaction say of balances inside GEB's books:
 * - internal coins under the SAFE engine's address, rad;
 * - internal collateral of this market's type under its collateral join's address, wad; that of the engine's other types is
 *   another market's (no address of ours names the type, so it is learnt from what our house sold or our join moved);
 * - bids that lie in a debt auction under the house's address, rad: a bid gives its bidder that claim and ends the claim of
 *   whom it pays back (to whom `decreaseSoldAmount` has just transferred the same coins); settling and terminating end it.
 */
export function movementsOf(market: Market): (logs: readonly LogLike[]) => Movement[] {
  const engine = contractOf(market, 'safeEngine')
  const house = contractOf(market, 'debtAuctionHouse')
  const join = contractOf(market, 'collateralJoin')
  const sales = contractOf(market, 'collateralAuctionHouse')
  return (logs) => {
    const moved: Movement[] = []
    const types = typesOf(logs, engine, sales, join)
    for (const [i, { address, topics, data }] of logs.entries()) {
      if (address === engine && topics[0] === COINS && topics.length === 3) {
        const [from, to] = [topicAddress(topics[1]), topicAddress(topics[2])]
        moved.push({ token: engine, from, to, amount: wordAt(data, 0) })
      } else if (isCollateral(engine, { address, topics }) && types.has(topics[1])) {
        const [from, to] = [topicAddress(topics[2]), topicAddress(topics[3])]
        moved.push({ token: join, from, to, amount: wordAt(data, 0) })
      } else if (address === house && topics[0] === BID) {
        const [bidder, amount] = [addressAt(data, 0), wordAt(data, 2)]
        const paid = paidBackTo(logs.slice(0, i), engine, bidder, amount)
        if (paid !== null) moved.push({ token: house, from: paid, to: ZERO, amount })
        moved.push({ token: house, from: ZERO, to: bidder, amount })
      } else if (address === house && (topics[0] === SETTLED || topics[0] === TERMINATED)) {
        moved.push({ token: house, from: addressAt(data, 1), to: ZERO, amount: wordAt(data, 2) })
      }
    }
    return moved
  }
}

const isCollateral = (engine: Address, { address, topics }: Pick<LogLike, 'address' | 'topics'>): boolean =>
  address === engine && topics[0] === COLLATERAL && topics.length === 4

/** The collateral types that our collateral house sold, or that our join took in or gave out, in this transaction. */
function typesOf(logs: readonly LogLike[], engine: Address, sales: Address, join: Address): Set<Hex | undefined> {
  const types = new Set<Hex | undefined>()
  let last: Hex | undefined
  for (const log of logs) {
    if (isCollateral(engine, log)) {
      last = log.topics[1]
      if (topicAddress(log.topics[2]) === sales) types.add(last)
    }
    // the join speaks right behind the engine's change of the balance
    else if (log.address === join && last !== undefined) types.add(last)
  }
  return types
}

/** Whom the bidder's coins went to. The accounting engine, which gets the first bid, has no claim that this ends. */
function paidBackTo(before: readonly LogLike[], engine: Address, bidder: Address, amount: bigint): Address | null {
  const transfer = before.findLast(
    ({ address, topics, data }) =>
      address === engine && topics[0] === COINS && topicAddress(topics[1]) === bidder && wordAt(data, 0) === amount,
  )
  return transfer === undefined ? null : topicAddress(transfer.topics[2])
}
