import type { FeedId } from '../domain/prices.js'
import type { SlotWeights } from '../domain/strategy.js'

/** Which slots a feed prices; made once per set of weights, when the first price update asks. */
export function slotsByFeed({ slots }: SlotWeights): ReadonlyMap<FeedId, readonly number[]> {
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
 * `base` as it is after `changes`, by one f64 product per changed slot; null when only the strategy can tell: it gave no
 * factors, a feed prices no known slot (a price of an eMode that had none), or a price is not positive.
 */
export function afterPrices(
  base: SlotWeights,
  byFeed: ReadonlyMap<FeedId, readonly number[]>,
  changes: ReadonlyMap<FeedId, bigint>,
): SlotWeights | null {
  const { factors, certain } = base
  if (factors === undefined) return null
  const f64 = base.f64.slice()
  const inward = certain?.f64.slice()
  for (const [feed, value] of changes) {
    const slots = byFeed.get(feed)
    if (slots === undefined || value <= 0n) return null
    const price = Number(value)
    for (const slot of slots) {
      f64[slot] = price * (factors.outward[slot] ?? NaN)
      if (inward) inward[slot] = price * (factors.certain[slot] ?? NaN)
    }
  }
  return { ...base, f64, ...(certain && inward ? { certain: { f64: inward, tolerance: certain.tolerance } } : {}) }
}
