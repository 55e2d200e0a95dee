import type { LogLike, Movement } from '../../src/auctions/protocol.js'
import type { Address } from '../../src/domain/chain.js'
import { topicAddress, wordAt } from '../../src/domain/abi-words.js'
import type { FlopPlace } from './contracts.js'
import { FLOP_NOTE, GOV_TOPIC, MOVE_TOPIC, noteArgumentAt } from './signatures.js'

const ZERO: Address = `0x${'0'.repeat(40)}`

interface Place extends FlopPlace {
  readonly vat: Address
}

/**
 * Bids that lie in debt auctions, as claims of their bidders under the Flopper's address, rad, and the lots that were minted.
 * Every note of the Flopper comes behind what its call did, so what lies between it and the last one is its own:
 * - `dent`: a `move` of the bid ended the claim of whom it paid back (the Vow, paid first, had none) and began the caller's;
 *   without one the leader has only lowered his own lot;
 * - `deal`: a mint tells the winner; what the claim was `bidOf` knows, the note does not say it;
 * - `yank`: a `suck` gave the leader the bid back.
 */
export function claimsIn(
  logs: readonly LogLike[],
  { flopper, governanceToken, vat }: Place,
  bidOf: (id: bigint) => bigint,
): Movement[] {
  const moved = mintsIn(logs, governanceToken)
  let own: LogLike[] = []
  for (const log of logs) {
    const [note] = log.topics
    if (log.address !== flopper || log.topics.length !== 4) {
      own.push(log)
      continue
    }
    const claim = (from: Address, to: Address, amount: bigint): void =>
      void moved.push({ token: flopper, from, to, amount })
    if (note === FLOP_NOTE.dent) {
      const amount = noteArgumentAt(log.data, 2)
      const bidder = topicAddress(log.topics, 1)
      const paid = own.findLast((one) => isMove(one, vat, bidder, amount))
      if (paid !== undefined) {
        claim(topicAddress(paid.topics, 2), ZERO, amount)
        claim(ZERO, bidder, amount)
      }
    } else if (note === FLOP_NOTE.deal) {
      const minted = own.findLast((one) => one.address === governanceToken && receiverOf(one) !== null)
      const winner = minted === undefined ? null : receiverOf(minted)
      if (winner !== null) claim(winner, ZERO, bidOf(BigInt(log.topics[2] ?? '0x0')))
    } else if (note === FLOP_NOTE.yank) {
      const back = own.findLast((one) => one.address === vat && one.topics[0] === MOVE_TOPIC.suck)
      if (back !== undefined) claim(topicAddress(back.topics, 2), ZERO, BigInt(back.topics[3] ?? '0x0'))
    }
    own = []
  }
  return moved
}

const isMove = ({ address, topics }: LogLike, vat: Address, from: Address, amount: bigint): boolean =>
  address === vat &&
  topics[0] === MOVE_TOPIC.move &&
  topicAddress(topics, 1) === from &&
  BigInt(topics[3] ?? '0x0') === amount

/** To whom a mint went, by the token's own event or by a transfer from zero; null for any other log. */
function receiverOf({ topics }: LogLike): Address | null {
  if (topics[0] === GOV_TOPIC.Mint && topics.length === 2) return topicAddress(topics, 1)
  if (topics[0] !== GOV_TOPIC.Transfer || topics.length !== 3 || topicAddress(topics, 1) !== ZERO) return null
  return topicAddress(topics, 2)
}

/**
 * Mints that no `Transfer` tells, which the books would miss: the governance token has an event of its own for them. One that
 * tells a mint both ways is counted by its transfer alone.
 */
function mintsIn(logs: readonly LogLike[], token: Address): Movement[] {
  const told = new Map<string, number>()
  const mints: Movement[] = []
  for (const log of logs) {
    const to = log.address === token ? receiverOf(log) : null
    if (to === null) continue
    const amount = wordAt(log.data, 0)
    if (log.topics[0] === GOV_TOPIC.Mint) mints.push({ token, from: ZERO, to, amount })
    else told.set(`${to} ${amount}`, (told.get(`${to} ${amount}`) ?? 0) + 1)
  }
  return mints.filter(({ to, amount }) => {
    const left = told.get(`${to} ${amount}`) ?? 0
    told.set(`${to} ${amount}`, left - 1)
    return left <= 0
  })
}
