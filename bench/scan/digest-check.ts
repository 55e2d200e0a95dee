import { dataDigest, listDigest } from './digest.js'
import { Sums, exactSlots } from './exact.js'
import type { BenchMarket } from './market.js'
import type { Pin } from './pins.js'
import { type Population, scaledAt } from './population.js'

/** The data or a result is not what it was: whatever was measured would be about something else. */
export class DigestMismatch extends Error {}

/** `ids` that the exact rule confirms, ascending. */
function confirmed(market: BenchMarket, people: Population, ids: Uint32Array): Uint32Array {
  const slots = exactSlots(market)
  const sums = new Sums()
  return ids
    .filter((id) => {
      sums.clear()
      for (let entry = people.starts[id] ?? 0; entry < (people.starts[id + 1] ?? 0); entry++) {
        const slot = slots[people.slots[entry] ?? 0]
        if (slot) sums.add(slot, scaledAt(people, entry))
      }
      return sums.liquidatable
    })
    .sort()
}

const compare = (what: string, found: string, wanted: string): void => {
  if (found !== wanted) throw new DigestMismatch(`sha256 of ${what} is ${found}, not ${wanted}; no times are printed`)
}

/**
 * Compares the generated data, the exact list `below` one and the scan's own list (after the exact rule) with each other and
 * with the pin. True when all agree with the pin, null when nothing is pinned for these positions; throws `DigestMismatch`.
 */
export function checkDigests(
  market: BenchMarket,
  people: Population,
  scanned: Uint32Array,
  below: Uint32Array,
  pin: Pin | null,
): true | null {
  const exact = listDigest(below)
  compare("the scan's confirmed list", listDigest(confirmed(market, people, scanned)), exact)
  if (pin === null) return null
  compare('the generated data', dataDigest(market, people), pin.data)
  compare('the exact list below one', exact, pin.below)
  return true
}
