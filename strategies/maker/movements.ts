import type { LogLike, Movement } from '../../src/auctions/protocol.js'
import type { Address } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { topicAddress } from '../../src/domain/abi-words.js'
import { contractOf, flopPlace } from './contracts.js'
import { claimsIn } from './flop-claims.js'
import { kickedBids } from './kicked-bids.js'
import { MOVE_TOPIC, noteArgumentAt } from './signatures.js'

const ZERO: Address = `0x${'0'.repeat(40)}`

/**
 * What the logs of one transaction say of balances inside Maker's books: coins under the Vat's address, rad; collateral of the
 * market's ilk under the join's address, wad; and, where the market file names the Flopper, standing bids under the Flopper's
 * address, rad, with the governance tokens that it minted. `suck` mints coins (a bark's incentive, a bid that a shutdown gives
 * back), `slip` brings collateral in or out. Throws `KeeperError('kick-unread')` for the end of an auction whose start was not read yet.
 */
export function movementsOf(market: Market): (logs: readonly LogLike[]) => Movement[] {
  const [vat, join] = [contractOf(market, 'vat'), contractOf(market, 'collateralJoin')]
  const [place, kicked] = [flopPlace(market), kickedBids(market)]
  return (logs) => [
    ...logs.flatMap((log) => (log.address === vat && log.topics.length === 4 ? movementOf(log, vat, join) : [])),
    ...(place === null || kicked === null ? [] : claimsIn(logs, { ...place, vat }, (id) => kicked.of(id))),
  ]
}

function movementOf({ topics, data }: LogLike, vat: Address, join: Address): Movement[] {
  const [note] = topics
  const third = BigInt(topics[3] ?? '0x0')
  if (note === MOVE_TOPIC.move)
    return [{ token: vat, from: topicAddress(topics, 1), to: topicAddress(topics, 2), amount: third }]
  if (note === MOVE_TOPIC.suck) return [{ token: vat, from: ZERO, to: topicAddress(topics, 2), amount: third }]
  if (note === MOVE_TOPIC.flux)
    return [
      { token: join, from: topicAddress(topics, 2), to: topicAddress(topics, 3), amount: noteArgumentAt(data, 3) },
    ]
  if (note !== MOVE_TOPIC.slip) return []
  const change = BigInt.asIntN(256, third)
  const usr = topicAddress(topics, 2)
  const ends = change < 0n ? { from: usr, to: ZERO } : { from: ZERO, to: usr }
  return [{ token: join, ...ends, amount: change < 0n ? -change : change }]
}
