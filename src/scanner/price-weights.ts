import type { FeedId } from '../domain/prices.js'
import type { Slot } from '../domain/strategy.js'

export type SlotsByFeed = ReadonlyMap<FeedId, readonly number[]>
export type PriceChanges = Iterable<readonly [FeedId, bigint]>

/** Which slots a feed prices. */
export function slotsByFeed(slots: readonly Slot[]): SlotsByFeed {
  const found = new Map<FeedId, number[]>()
  slots.forEach(({ feed }, slot) => {
    if (feed === null) return
    const known = found.get(feed)
    if (known) known.push(slot)
    else found.set(feed, [slot])
  })
  return found
}

/**
 * Makes `f64` the weights after `changes`, by one product per changed slot (`SlotWeights.factors`). False when only the
 * strategy can tell, and `f64` is then worth nothing: a feed prices no known slot (a price of an eMode that had none), or
 * a price is not positive.
 */
export function reprice(f64: Float64Array, factors: Float64Array, byFeed: SlotsByFeed, changes: PriceChanges): boolean {
  for (const [feed, value] of changes) {
    const slots = byFeed.get(feed)
    if (slots === undefined || value <= 0n) return false
    const price = Number(value)
    for (const slot of slots) f64[slot] = price * (factors[slot] ?? NaN)
  }
  return true
}
