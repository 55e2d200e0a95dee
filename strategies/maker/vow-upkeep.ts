import type { AgentCall, Auction, Starting, Upkeep } from '../../src/auctions/venue.js'
import { RAY } from '../../src/domain/maths.js'
import type { Market } from '../../src/domain/market.js'
import { contractOf } from './contracts.js'
import type { QueueEntry } from './debt-queue.js'
import { VOW } from './signatures.js'
import { type VowBooks, flop, freeDebt, healable, isRipe } from './vow-books.js'
import type { VowReading } from './vow.js'

const MOST_STARTED = 64
/** Entries that one transaction pops, the largest first: a queue that nobody has tended for years would not fit. */
const MOST_POPPED = 32
/** Of `flop`, whose new auction writes five words. */
const GAS_PER_START = 164_000n

/** What anybody may do for the Vow now: the calls of one transaction, and how much debt they free or auction, rad. */
export interface VowUpkeep {
  readonly calls: readonly AgentCall[]
  readonly healed: bigint
  readonly auctioned: bigint
}

/**
 * Heal, and as many flops as the free debt allows, up to `most`, in one transaction: a flop wants no dai at all in the Vow, so a
 * unit sent in between would block it. Nothing where nothing can be done.
 */
export function vowUpkeep(
  market: Market,
  { books, sump }: Pick<VowReading, 'books' | 'sump'>,
  most: number,
): VowUpkeep {
  const vow = contractOf(market, 'vow')
  const healed = healable(books)
  let after: VowBooks = { ...books, sin: books.sin - healed, dai: books.dai - healed }
  const flops: AgentCall[] = []
  while (flops.length < most && sump > 0n) {
    const next = flop(after, sump)
    if (typeof next === 'string') break
    flops.push(VOW.flop(vow))
    after = next
  }
  const heal = healed > 0n ? [VOW.heal(vow, healed)] : []
  return { calls: [...heal, ...flops], healed, auctioned: freeDebt(books) - healed - freeDebt(after) }
}

/** What could be started rests on: the queue, and the bids of auctions in which nobody has bid, rad; `t`: of the block. */
export interface StartingGround {
  readonly entries: readonly QueueEntry[]
  readonly unbid: bigint
  readonly t: bigint
}

/**
 * Debt auctions that could be started at `t`: what has waited long enough is popped where more can be started with it, then
 * healed, then auctioned; the i-th stands as `fresh(i)`. A first bid pays the Vow and cancels debt on auction with it, as far as
 * there is so much: where somebody has cancelled some before (`kiss`), the rest would stay and block a flop behind it. Then
 * nothing is started until those auctions have bids.
 */
export function startingOf<A extends Auction>(
  market: Market,
  { books, sump, wait }: VowReading,
  { entries, unbid, t }: StartingGround,
  fresh: (i: number) => A,
): Starting<A> | null {
  if (unbid > books.onAuction) return null
  const ripe = entries
    .filter(({ era }) => isRipe(era, wait, t))
    .sort((a, b) => (a.rad > b.rad ? -1 : 1))
    .slice(0, MOST_POPPED)
  const popped = ripe.reduce((sum, { rad }) => sum + rad, 0n)
  const [asItIs, ...withPops] = [0n, popped].map((rad) =>
    vowUpkeep(market, { books: { ...books, queued: books.queued - rad }, sump }, MOST_STARTED),
  )
  const more = withPops.find(({ auctioned }) => auctioned > (asItIs?.auctioned ?? 0n))
  const { calls, auctioned } = more ?? asItIs ?? { calls: [], auctioned: 0n }
  const start = calls.at(-1)
  if (auctioned === 0n || start === undefined) return null
  const count = Number(auctioned / sump)
  const pops = more === undefined ? [] : ripe.map((entry) => popOf(market, entry, wait))
  const preparation = [...pops, ...healOf(calls.slice(0, calls.length - count))]
  return { preparation, auctions: Array.from({ length: count }, (_, i) => fresh(i)), start, gasPerStart: GAS_PER_START }
}

const popOf = (market: Market, { era, rad }: QueueEntry, wait: bigint): Upkeep => ({
  ...{ kind: 'queue-pop', name: `queue/${era.toString()}`, notBefore: era + wait, gas: 30_000n, unlocks: rad / RAY },
  calls: [VOW.flog(contractOf(market, 'vow'), era)],
})

const healOf = (calls: readonly AgentCall[]): Upkeep[] =>
  calls.length === 0 ? [] : [{ kind: 'heal', name: 'heal', calls, notBefore: 0n, gas: 50_000n, unlocks: 0n }]
