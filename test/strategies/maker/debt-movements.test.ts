import { id, zeroPadValue } from 'ethers'
import type { LogLike } from '../../../src/auctions/protocol.js'
import type { Address, Hex } from '../../../src/domain/chain.js'
import type { Market } from '../../../src/domain/market.js'
import { KeeperError } from '../../../src/domain/errors.js'
import { kickedBids } from '../../../strategies/maker/kicked-bids.js'
import { movementsOf } from '../../../strategies/maker/movements.js'
import { FLOP_TOPIC, MOVE_TOPIC } from '../../../strategies/maker/signatures.js'
import { address } from '../../contracts/support/executor-bed.js'
import { logsOf, readHistories, type HistoryState } from './support/history-file.js'

const file = readHistories()
const { vat, vow, flopper, gem: governanceToken, bidders } = file.addresses
const [join, clip] = [address(7), address(8)]

/** A market object of its own: what is remembered of its auctions begins empty. */
const marketOf = (): Market => ({
  ...{ id: 'maker-test', strategy: 'maker', chainId: 1, deployBlock: 0, implementationCodeHashes: [] },
  contracts: { vat, vow, flopper, governanceToken, clip, collateralJoin: join },
})

/** Coins in the Vat, standing bids, tokens: of one bidder. */
type Held = readonly [coins: bigint, claims: bigint, tokens: bigint]

function heldBy(bidder: Address, { auctions, dai, gems }: HistoryState): Held {
  const i = bidders.indexOf(bidder)
  const led = auctions.filter(([, , guy]) => guy === bidder)
  return [BigInt(dai[i + 1] ?? ''), led.reduce((sum, [bid]) => sum + BigInt(bid), 0n), BigInt(gems[i] ?? '')]
}

const difference = (after: Held, before: Held): Held => [
  after[0] - before[0],
  after[1] - before[1],
  after[2] - before[2],
]

function movedFor(bidder: Address, logs: readonly LogLike[], read: ReturnType<typeof movementsOf>): Held {
  const moved = read(logs)
  const sum = (token: Address): bigint =>
    moved.reduce((total, one) => {
      if (one.token !== token) return total
      return total + (one.to === bidder ? one.amount : 0n) - (one.from === bidder ? one.amount : 0n)
    }, 0n)
  return [sum(vat), sum(flopper), sum(governanceToken)]
}

test('by the logs of the real contracts alone the books follow coins, standing bids and won tokens of every bidder', () => {
  const met = new Map<string, number>()
  for (const [n, history] of file.cases.entries()) {
    const market = marketOf()
    const read = movementsOf(market)
    let before = history.start
    for (const [i, act] of history.acts.entries()) {
      if (act.after === null) continue
      const logs = logsOf(act, file)
      for (const log of logs) if (log.topics[0] === FLOP_TOPIC.Kick) kickedBids(market)?.saw(log)
      for (const bidder of bidders) {
        const theirs = difference(heldBy(bidder, act.after), heldBy(bidder, before))
        expect([n, i, act.kind, bidder, movedFor(bidder, logs, read)]).toEqual([n, i, act.kind, bidder, theirs])
        if (theirs.some((change) => change !== 0n)) met.set(act.kind, (met.get(act.kind) ?? 0) + 1)
      }
      before = act.after
    }
  }
  process.stderr.write(`maker books: ${[...met].map(([kind, n]) => `${kind} ${n}`).join(' · ')}\n`)
  expect([...met.keys()].sort()).toEqual(['deal', 'dent', 'yank'])
  expect([...met.values()].filter((n) => n < 5)).toEqual([])
})

const dealt = file.cases.flatMap(({ acts }) => acts).find(({ kind, error }) => kind === 'deal' && error === null)
const LOGS = dealt === undefined ? [] : logsOf(dealt, file)

test('the end of an auction whose start was not read yet is not guessed: it is booked when it is known', () => {
  expect(() => movementsOf(marketOf())(LOGS)).toThrow(KeeperError)
  const unnamed = { ...marketOf(), contracts: { vat, vow, clip, collateralJoin: join } }
  expect(movementsOf(unnamed)(LOGS)).toEqual([])
})

test('a mint that is told twice, by an event of its own and by a transfer from zero, counts once', () => {
  const market = marketOf()
  const kick: Hex = `0x${[1n, 2n, 900n].map((word) => word.toString(16).padStart(64, '0')).join('')}`
  kickedBids(market)?.saw({ data: kick })
  const [mint] = LOGS.filter((log) => log.address === governanceToken)
  if (mint === undefined) throw new Error('no mint was recorded')
  const [, to = '0x'] = mint.topics
  const transfer = [id('Transfer(address,address,uint256)') as Hex, zeroPadValue('0x', 32) as Hex, to] as const
  const told: LogLike = { ...mint, topics: transfer }
  const mints = (logs: readonly LogLike[]): number =>
    movementsOf(market)(logs).filter(({ token }) => token === governanceToken).length
  // the books take the transfer as it is; what is counted beside it are mints without one
  expect([mints([mint]), mints([mint, told]), mints([told, mint]), mints([told]), mints([mint, mint, told])]).toEqual([
    ...[1, 0, 0, 0, 1],
  ])
})

test('collateral counts in the ilk that our clip sold or our join moved, and not in another, whoever gives it', () => {
  const [ours, other] = [zeroPadValue('0x0a', 32), zeroPadValue('0x0b', 32)] as [Hex, Hex]
  const [us, stranger] = [address(21), address(22)]
  const word = (value: Hex): Hex => zeroPadValue(value, 32) as Hex
  const flux = (ilk: Hex, from: Address): LogLike => ({
    address: vat,
    topics: [MOVE_TOPIC.flux, ilk, word(from), word(us)],
    data: `0x${'0'.repeat(2 * (64 + 4 + 96))}${7n.toString(16).padStart(64, '0')}`,
  })
  const slip = (ilk: Hex): LogLike => ({
    address: vat,
    topics: [MOVE_TOPIC.slip, ilk, word(us), word('0x05')],
    data: '0x',
  })
  const joined: LogLike = { address: join, topics: [], data: '0x' }
  const moved = (logs: readonly LogLike[]): string[] =>
    movementsOf(marketOf())(logs).map(({ token, from, amount }) => `${token} ${from} ${amount}`)
  const nobody = `0x${'0'.repeat(40)}`
  expect(moved([flux(ours, clip), flux(other, stranger)])).toEqual([`${join} ${clip} 7`])
  expect(moved([slip(other), slip(ours), joined])).toEqual([`${join} ${nobody} 5`])
  expect(moved([slip(other), flux(other, stranger)])).toEqual([])
})
