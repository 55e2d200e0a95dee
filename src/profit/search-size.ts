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

/** Golden-section steps per bracket: each leaves 61.8 % of the bracket. */
const GOLDEN_STEPS = 14
/** The search for the top ends where no size can gain more than this part of what is found. */
const CLOSE_ENOUGH = 20_000n
/** Gas steps below the best gain that are looked at. */
const GAS_STEPS = 4
/** A gas step is located to this part of the size. */
const GRAINS = 8_000n
const GOLDEN = 618_034n
const MILLION = 1_000_000n

/** Those of the sizes that the route carries. */
export const tryAll = (sizes: readonly bigint[], attempt: TrySize): Tried[] =>
  sizes.flatMap((repay) => attempt(repay) ?? [])

/**
 * Candidates for the best size on a route: in each legal interval the size of the greatest gain, then the largest sizes at
 * which the swaps cross fewer ticks. Between two gas steps the gain is concave (every pool's price only worsens), so the
 * best net lies at one of these or at a boundary. `gasMatters` tells whether so much gas can make up for this gain.
 */
export function searchSizes(
  sizes: LegalSizes,
  attempt: TrySize,
  gasMatters: (gas: bigint, of: Tried) => boolean,
): Tried[] {
  return sizes.intervals.flatMap(({ low, high }) => {
    const ladder = sizes.ladder.filter((repay) => repay >= low && repay <= high)
    const top = summit(ladder, attempt)
    return top === null ? [] : [top, ...cheaperBelow(ladder, top, attempt, gasMatters)]
  })
}

/** The size of the greatest gain: the best rung by halving, then golden section between its neighbours. */
function summit(ladder: readonly bigint[], attempt: TrySize): Tried | null {
  const gain = (at: number): bigint => gainOf(attempt(ladder[at] ?? 0n))
  let [first, last] = [0, ladder.length - 1]
  while (first < last) {
    const middle = (first + last) >> 1
    if (gain(middle) < gain(middle + 1)) first = middle + 1
    else last = middle
  }
  const rung = ladder[first]
  const best = rung === undefined ? null : attempt(rung)
  if (rung === undefined || best === null) return null
  const [below, above] = [ladder[first - 1] ?? rung, ladder[first + 1] ?? rung]
  return atEnd(best, below, above, attempt) ? best : golden(below, above, best, attempt)
}

/** True when the gain only falls from the end of an interval inwards: there is its top. */
function atEnd(best: Tried, below: bigint, above: bigint, attempt: TrySize): boolean {
  if (below === above) return true
  const next = (best.repay - below + above - best.repay) / 1_000n + 1n
  if (above === best.repay) return gainOf(attempt(best.repay - next)) <= best.gross
  return below === best.repay && gainOf(attempt(best.repay + next)) <= best.gross
}

function golden(from: bigint, to: bigint, start: Tried, attempt: TrySize): Tried {
  let best = start
  const gain = (repay: bigint): bigint => {
    const tried = attempt(repay)
    if (tried !== null && tried.gross > best.gross) best = tried
    return gainOf(tried)
  }
  let [low, high] = [from, to]
  let [left, right] = [inner(low, high, false), inner(low, high, true)]
  let [atLow, atLeft, atRight, atHigh] = [gain(low), gain(left), gain(right), gain(high)]
  for (let i = 0; i < GOLDEN_STEPS && high - low > 2n; i++) {
    const falls = atLeft >= atRight
    // the gain is concave: no chord can be left by more than the next one rises
    const [top, outside, inside] = falls ? [atLeft, atLow, atRight] : [atRight, atHigh, atLeft]
    const rise = most(((top - outside) * GOLDEN) / MILLION, ((top - inside) * MILLION) / GOLDEN)
    if (rise * CLOSE_ENOUGH < top) break
    if (falls) {
      ;[high, atHigh, right, atRight] = [right, atRight, left, atLeft]
      left = inner(low, high, false)
      atLeft = gain(left)
    } else {
      ;[low, atLow, left, atLeft] = [left, atLeft, right, atRight]
      right = inner(low, high, true)
      atRight = gain(right)
    }
  }
  return best
}

const inner = (low: bigint, high: bigint, upper: boolean): bigint => {
  const share = ((high - low) * GOLDEN) / MILLION
  return upper ? low + share : high - share
}

const gainOf = (tried: Tried | null): bigint => tried?.gross ?? -1n
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** The largest sizes below `top` at which less gas is used, one per gas step, while the gas can make up for the gain. */
function cheaperBelow(
  ladder: readonly bigint[],
  top: Tried,
  attempt: TrySize,
  gasMatters: (gas: bigint, of: Tried) => boolean,
): Tried[] {
  const found: Tried[] = []
  const least = attempt(ladder[0] ?? 0n)
  let above = top
  while (found.length < GAS_STEPS && least !== null && gasMatters(above.gas - least.gas, above)) {
    const { repay, gas } = above
    const cheaper = (size: bigint): boolean => (attempt(size)?.gas ?? gas) < gas
    const start = ladder.findLast((rung) => rung < repay && cheaper(rung))
    if (start === undefined) break
    const tried = attempt(bisect(start, repay, cheaper, top.repay / GRAINS + 1n))
    if (tried === null) break
    found.push(tried)
    above = tried
  }
  return found
}
