import { bisect, type LegalSizes } from './legal-sizes.js'

/** One size on one route: the gain rises and then falls with the size, gas rises in steps (ticks crossed). */
export interface Tried {
  readonly repay: bigint
  /** Gain before gas and bid, any unit. */
  readonly gross: bigint
  readonly gas: bigint
}

/** Null where the route cannot carry the size. */
export type TrySize = (repay: bigint) => Tried | null

/** Golden-section steps per bracket: each leaves 61.8 % of the bracket, fourteen leave 0.12 %. */
const GOLDEN_STEPS = 14
/** Gas steps below the best gain that are looked at. */
const GAS_STEPS = 4
/** A gas step is located to this part of the size. */
const GRAINS = 50_000n
const GOLDEN = 618_034n
const MILLION = 1_000_000n

/** Those of the sizes that the route carries. */
export const tryAll = (sizes: readonly bigint[], attempt: TrySize): Tried[] =>
  sizes.flatMap((repay) => attempt(repay) ?? [])

/**
 * Candidates for the best size on a route: in each legal interval the size of the greatest gain, found by golden section
 * around the best rung, then the largest sizes at which the swaps cross fewer ticks. Between two gas steps the gain is
 * concave (every pool's price only worsens), so the best net lies at one of these or at a boundary, which are rungs.
 */
export function searchSizes(sizes: LegalSizes, rungs: readonly Tried[], attempt: TrySize): Tried[] {
  return sizes.intervals.flatMap(({ low, high }) => {
    const inside = rungs.filter(({ repay }) => repay >= low && repay <= high)
    const best = greatest(inside)
    if (best === null) return []
    const ladder = sizes.ladder.filter((repay) => repay >= low && repay <= high)
    const at = ladder.indexOf(best.repay)
    const top = golden(ladder[at - 1] ?? best.repay, ladder[at + 1] ?? best.repay, best, attempt)
    return [top, ...cheaperBelow(low, top, attempt)]
  })
}

function golden(from: bigint, to: bigint, start: Tried, attempt: TrySize): Tried {
  let [low, high, best] = [from, to, start]
  const better = (a: Tried | null): void => {
    if (a !== null && a.gross > best.gross) best = a
  }
  let left = inner(low, high, false)
  let right = inner(low, high, true)
  let atLeft = attempt(left)
  let atRight = attempt(right)
  for (let i = 0; i < GOLDEN_STEPS && high - low > 2n; i++) {
    better(atLeft)
    better(atRight)
    if (gainOf(atLeft) >= gainOf(atRight)) {
      high = right
      ;[right, atRight] = [left, atLeft]
      left = inner(low, high, false)
      atLeft = attempt(left)
    } else {
      low = left
      ;[left, atLeft] = [right, atRight]
      right = inner(low, high, true)
      atRight = attempt(right)
    }
  }
  better(atLeft)
  better(atRight)
  return best
}

const inner = (low: bigint, high: bigint, upper: boolean): bigint => {
  const share = ((high - low) * GOLDEN) / MILLION
  return upper ? low + share : high - share
}

const gainOf = (tried: Tried | null): bigint => tried?.gross ?? -1n

/** The largest sizes below `top` at which less gas is used, one per gas step. */
function cheaperBelow(low: bigint, top: Tried, attempt: TrySize): Tried[] {
  const found: Tried[] = []
  let above = top
  while (found.length < GAS_STEPS && above.repay > low) {
    const cheaper = (repay: bigint): boolean => {
      const tried = attempt(repay)
      return tried !== null && tried.gas < above.gas
    }
    if (!cheaper(low)) break
    const tried = attempt(bisect(low, above.repay, cheaper, top.repay / GRAINS + 1n))
    if (tried === null) break
    found.push(tried)
    above = tried
  }
  return found
}

const greatest = (tried: readonly Tried[]): Tried | null =>
  tried.reduce<Tried | null>((best, t) => (best === null || t.gross > best.gross ? t : best), null)
