import type { LogLike, Movement } from '../../src/auctions/protocol.js'
import type { Address, Hex } from '../../src/domain/chain.js'
import type { Market } from '../../src/domain/market.js'
import { topicAddress } from '../../src/domain/abi-words.js'
import { contractOf } from './contracts.js'
import { MOVE_TOPIC } from './signatures.js'

const ZERO: Address = `0x${'0'.repeat(40)}`

/** Argument `index` of the call that a note of the Vat repeats behind offset, length and selector. */
const argumentAt = (data: Hex, index: number): bigint =>
  BigInt(`0x${data.slice(2 + 2 * (64 + 4 + 32 * index), 2 + 2 * (64 + 4 + 32 * index) + 64) || '0'}`)

/**
 * What the notes of the Vat in one transaction say of balances inside it: coins under the Vat's address, rad; collateral of the
 * market's ilk under the join's address, wad. `suck` mints coins (a bark's incentive), `slip` brings collateral in or out.
 */
export function movementsOf(market: Market): (logs: readonly LogLike[]) => Movement[] {
  const [vat, join] = [contractOf(market, 'vat'), contractOf(market, 'collateralJoin')]
  return (logs) =>
    logs.flatMap((log) => (log.address === vat && log.topics.length === 4 ? movementOf(log, vat, join) : []))
}

function movementOf({ topics, data }: LogLike, vat: Address, join: Address): Movement[] {
  const [note] = topics
  const third = BigInt(topics[3] ?? '0x0')
  if (note === MOVE_TOPIC.move)
    return [{ token: vat, from: topicAddress(topics, 1), to: topicAddress(topics, 2), amount: third }]
  if (note === MOVE_TOPIC.suck) return [{ token: vat, from: ZERO, to: topicAddress(topics, 2), amount: third }]
  if (note === MOVE_TOPIC.flux)
    return [{ token: join, from: topicAddress(topics, 2), to: topicAddress(topics, 3), amount: argumentAt(data, 3) }]
  if (note !== MOVE_TOPIC.slip) return []
  const change = BigInt.asIntN(256, third)
  const usr = topicAddress(topics, 2)
  const ends = change < 0n ? { from: usr, to: ZERO } : { from: ZERO, to: usr }
  return [{ token: join, ...ends, amount: change < 0n ? -change : change }]
}
