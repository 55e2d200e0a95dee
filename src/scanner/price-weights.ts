import type { FeedId } from '../domain/prices.js'
import type { Slot } from '../domain/weights.js'

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

/** New prices as pairs of feed number (`SlotsByFeed`) and price. */
export type Priced = readonly number[]

/**
 * `changes` as numbers. Null when only the strategy can tell what they mean: a feed prices no known slot (a price of an eMode
 * that had none), or a price is not positive.
 */
export function pricedBy(changes: PriceChanges, { feeds }: SlotsByFeed): Priced | null {
  const priced: number[] = []
  for (const [feed, value] of changes) {
    const index = feeds.get(feed)
    if (index === undefined || value <= 0n) return null
    priced.push(index, Number(value))
  }
  return priced
}

/** Makes `f64` the weights at new prices, by one product per changed slot (`SlotWeights.factors`). */
export function reprice(
  f64: Float64Array,
  factors: Float64Array,
  { starts, slots }: SlotsByFeed,
  priced: Priced,
): void {
  for (let i = 0; i < priced.length; i += 2) {
    const feed = priced[i] ?? 0
    const price = priced[i + 1] ?? NaN
    const end = starts[feed + 1] ?? 0
    for (let at = starts[feed] ?? 0; at < end; at++) {
      const slot = slots[at] ?? 0
      f64[slot] = price * (factors[slot] ?? NaN)
    }
  }
}
