import type { FeedId } from '../domain/prices.js'
import type { Slot } from '../domain/strategy.js'

export type PriceChanges = Iterable<readonly [FeedId, bigint]>

/** Which slots a feed prices: those of the i-th feed lie together in `slots` from `starts[i]` on. */
export interface SlotsByFeed {
  readonly feeds: ReadonlyMap<FeedId, number>
  readonly starts: Uint32Array
  readonly slots: Uint32Array
}

export function slotsByFeed(slots: readonly Slot[]): SlotsByFeed {
  const found = new Map<FeedId, number[]>()
  slots.forEach(({ feed }, slot) => {
    if (feed === null) return
    const known = found.get(feed)
    if (known) known.push(slot)
    else found.set(feed, [slot])
  })
  const lists = [...found.values()]
  const starts = new Uint32Array(lists.length + 1)
  lists.forEach((list, i) => (starts[i + 1] = (starts[i] ?? 0) + list.length))
  return {
    feeds: new Map([...found.keys()].map((feed, i) => [feed, i])),
    starts,
    slots: Uint32Array.from(lists.flat()),
  }
}

/**
 * Makes `f64` the weights after `changes`, by one product per changed slot (`SlotWeights.factors`). False when only the
 * strategy can tell, and `f64` is then worth nothing: a feed prices no known slot (a price of an eMode that had none), or
 * a price is not positive.
 */
export function reprice(f64: Float64Array, factors: Float64Array, byFeed: SlotsByFeed, changes: PriceChanges): boolean {
  const { feeds, starts, slots } = byFeed
  for (const [feed, value] of changes) {
    const index = feeds.get(feed)
    if (index === undefined || value <= 0n) return false
    const price = Number(value)
    const end = starts[index + 1] ?? 0
    for (let at = starts[index] ?? 0; at < end; at++) {
      const slot = slots[at] ?? 0
      f64[slot] = price * (factors[slot] ?? NaN)
    }
  }
  return true
}
