import type { Address } from '../../domain/chain.js'
import type { PositionId } from '../../domain/market.js'
import type { FeedId } from '../../domain/prices.js'
import type { RowEntry, SlotWeights } from '../../domain/weights.js'
import type { PriceBook } from '../../oracle/price-book.js'
import type { LeafAnswer } from '../../oracle/price-update.js'
import type { LeafState } from '../../oracle/tree.js'

/** What an aggregator's round does to the prices of a market. */
export interface Lever {
  readonly aggregator: Address
  readonly answer: bigint
  /** By feed, the relative change of its price when the answer falls by one percent. */
  readonly fall: ReadonlyMap<FeedId, number>
}

/** The round that would make a position liquidatable, and by which part of itself the answer must move for it. */
export interface Nearest {
  readonly answers: readonly LeafAnswer[]
  readonly distance: number
}

/** Beyond the threshold, as a part of the answer: rounding, interest and what is not proportional must not matter. */
const MARGIN = 0.002
/** A round that moves a price by more is not waited for. */
const FURTHEST = 0.3
const SCALE = 1_000_000_000n

const answerOf = (leaf: LeafState): bigint =>
  leaf.kind === 'rounds' ? leaf.answer : leaf.kind === 'dual' ? (leaf.rounds[0]?.answer ?? 0n) : 0n

/** The aggregators that move prices of this market in a block at `timestamp`, each with what it moves. */
export function leversOf(book: PriceBook, timestamp: bigint): Lever[] {
  const now = book.values(timestamp)
  return [...book.leaves].flatMap(([id, leaf]): Lever[] => {
    const answer = answerOf(leaf)
    if (answer <= 0n) return []
    const aggregator = id as Address
    const { changes } = book.whatIf([{ aggregator, answer: (answer * 99n) / 100n, auctioned: true }], timestamp)
    const fall = new Map<FeedId, number>()
    for (const [feed, price] of changes) {
      const before = now.get(feed) ?? 0n
      if (before > 0n && price > 0n) fall.set(feed, Number(price) / Number(before) - 1)
    }
    return fall.size === 0 ? [] : [{ aggregator, answer, fall }]
  })
}

/**
 * The smallest move of one aggregator that makes the position liquidatable, a little further than its threshold; null where
 * none within reach does. By floating-point weights: the exact figures decide when it comes to it.
 */
export function nearestOf(
  entries: readonly RowEntry[],
  { slots, f64 }: Pick<SlotWeights, 'slots' | 'f64'>,
  levers: readonly Lever[],
): Nearest | null {
  const byFeed = new Map<FeedId, number>()
  let sum = 0
  for (const { slot, amount } of entries) {
    const described = slots[slot]
    if (described === undefined) continue
    const value = (Number(amount) / Number(described.unit)) * (f64[slot] ?? 0)
    sum += value
    if (described.feed !== null) byFeed.set(described.feed, (byFeed.get(described.feed) ?? 0) + value)
  }
  let best: { readonly lever: Lever; readonly move: number } | null = null
  for (const lever of levers) {
    let perFall = 0
    for (const [feed, change] of lever.fall) perFall += (byFeed.get(feed) ?? 0) * change
    // one hundredth of the answer is what `fall` is about
    const move = perFall === 0 ? Infinity : (sum / perFall) * 0.01
    if (best === null || Math.abs(move) < Math.abs(best.move)) best = { lever, move }
  }
  if (best === null || !(Math.abs(best.move) <= FURTHEST)) return null
  const { aggregator, answer } = best.lever
  const further = best.move + Math.sign(best.move) * MARGIN
  const moved = (answer * BigInt(Math.round((1 + further) * Number(SCALE)))) / SCALE
  return { answers: [{ aggregator, answer: moved, auctioned: true }], distance: Math.abs(best.move) }
}

/** A position that one round may make liquidatable. */
export interface Near extends Nearest {
  readonly market: string
  readonly position: PositionId
}
