import type { LogLike, Movement } from '../../src/auctions/protocol.js'
import type { Address, Hex } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { topicAddress } from '../../src/domain/abi-words.js'
import { contractOf, flopPlace } from './contracts.js'
import { claimsIn } from './flop-claims.js'
import { kickedBids } from './kicked-bids.js'
import { MOVE_TOPIC, noteArgumentAt } from './signatures.js'

const ZERO: Address = `0x${'0'.repeat(40)}`

/**
 * What the logs of one transaction say of balances inside Maker's books: coins under the Vat's address, rad; collateral of the
 * market's ilk under the join's address, wad (that of other ilks is another market's); and, where the market file names the Flopper, standing bids under the Flopper's
 * address, rad, with the governance tokens that it minted. `suck` mints coins (a bark's incentive, a bid that a shutdown gives
 * back), `slip` brings collateral in or out. Throws `KeeperError('kick-unread')` for the end of an auction whose start was not read yet.
 */
export function movementsOf(market: Market): (logs: readonly LogLike[]) => Movement[] {
  const [vat, join, clip] = (['vat', 'collateralJoin', 'clip'] as const).map((name) => contractOf(market, name)) as [
    ...[Address, Address, Address],
  ]
  const [place, kicked] = [flopPlace(market), kickedBids(market)]
  return (logs) => {
    const notes = logs.filter(({ address, topics }) => address === vat && topics.length === 4)
    const ilks = ilksOf(logs, { vat, clip, join })
    return [
      ...notes.flatMap((note) => movementOf(note, vat, join, ilks)),
      ...(place === null || kicked === null ? [] : claimsIn(logs, { ...place, vat }, (id) => kicked.of(id))),
    ]
  }
}

/** The ilks that our clip sold from, or that our join took in or gave out, in this transaction: no address of ours names the ilk. */
function ilksOf(
  logs: readonly LogLike[],
  { vat, clip, join }: { readonly vat: Address; readonly clip: Address; readonly join: Address },
): Set<Hex | undefined> {
  const ilks = new Set<Hex | undefined>()
  let slipped: Hex | undefined
  for (const { address, topics } of logs) {
    const [note, ilk] = topics
    if (address === vat && note === MOVE_TOPIC.slip) slipped = ilk
    else if (address === vat && note === MOVE_TOPIC.flux && topicAddress(topics, 2) === clip) ilks.add(ilk)
    // the join's own note comes behind what it did in the Vat
    else if (address === join && slipped !== undefined) ilks.add(slipped)
  }
  return ilks
}

function movementOf(
  { topics, data }: LogLike,
  vat: Address,
  join: Address,
  ilks: ReadonlySet<Hex | undefined>,
): Movement[] {
  const [note, ilk] = topics
  const third = BigInt(topics[3] ?? '0x0')
  if (note === MOVE_TOPIC.move)
    return [{ token: vat, from: topicAddress(topics, 1), to: topicAddress(topics, 2), amount: third }]
  if (note === MOVE_TOPIC.suck) return [{ token: vat, from: ZERO, to: topicAddress(topics, 2), amount: third }]
  if (!ilks.has(ilk)) return []
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
