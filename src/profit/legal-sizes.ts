import type { Refusal } from '../domain/refusal.js'
import type { Amounts } from '../domain/plan.js'
import type { Batch, BatchAmounts } from './batch.js'

/** Repayments between which every one is legal, both ends included. */
export interface Interval {
  readonly low: bigint
  readonly high: bigint
}

export interface LegalSizes {
  readonly intervals: readonly Interval[]
  /** Legal repayments at which routes are first compared, ascending: the ladder and every boundary. */
  readonly ladder: readonly bigint[]
  /** Why the largest repayment was refused, when nothing is legal. */
  readonly refusal: Refusal | null
}

/** What the market allows here and now: `Batch.at`, narrowed by what earlier legs took. */
export type SizeRule = (repay: bigint) => BatchAmounts | Refusal

/**
 * Just below a maximum that takes everything, rounding alone makes a few sizes legal: interest of one more block and they
 * leave dust. An interval narrower than this part of the maximum is the maximum alone.
 */
const EDGE = 10_000n

export const isAmounts = <A extends Amounts>(answer: A | Refusal): answer is A => 'seize' in answer

/**
 * The legal repayments of a batch. Rules cut the range into a few intervals (the dust rule leaves a gap below the full
 * debt); they are found by sampling at sixteenths and halvings, and bisecting wherever the
 * answer changes. A gap narrower than the samples is not seen; sizes inside it are refused when they are tried. Where
 * another call begins, another interval does.
 */
export function legalSizes(batch: Pick<Batch, 'maxRepay' | 'marks'>, rule: SizeRule): LegalSizes {
  const samples = samplesOf(batch)
  const legal = (repay: bigint): boolean => isAmounts(rule(repay))
  const intervals: { low: bigint; high: bigint }[] = []
  let before: { at: bigint; ok: boolean } | null = null
  for (const at of samples) {
    const ok = legal(at)
    const open = intervals.at(-1)
    if (ok && before?.ok && open) open.high = at
    else if (ok) intervals.push({ low: before ? bisect(before.at, at, (r) => !legal(r)) + 1n : at, high: at })
    else if (before?.ok && open) open.high = bisect(before.at, at, legal)
    before = { at, ok }
  }
  const ends = [...batch.marks, batch.maxRepay]
  const parts = intervals
    .flatMap((interval) => cut(interval, batch.marks))
    .map(({ low, high }) => ({ low: ends.includes(high) && high - low < high / EDGE ? high : low, high }))
  const bounds = parts.flatMap(({ low, high }) => [low, high])
  const inside = samples.filter((s) => intervals.some(({ low, high }) => s >= low && s <= high))
  const last = rule(batch.maxRepay)
  return {
    intervals: parts,
    ladder: ascending([...bounds, ...inside]),
    refusal: intervals.length === 0 && !isAmounts(last) ? last : null,
  }
}

function cut({ low, high }: Interval, marks: readonly bigint[]): Interval[] {
  const inside = marks.filter((mark) => mark >= low && mark < high)
  return [...inside, high].map((end, i) => ({ low: i === 0 ? low : (inside[i - 1] ?? low) + 1n, high: end }))
}

function samplesOf({ maxRepay: max, marks }: Pick<Batch, 'maxRepay' | 'marks'>): bigint[] {
  const samples = [max, max / 10n, ...marks.flatMap((mark) => [mark, mark / 2n, mark / 10n])]
  for (let k = 1n; k < 16n; k++) samples.push((max * k) / 16n)
  for (let shift = 5n; shift <= 14n; shift++) samples.push(max >> shift)
  return ascending(samples.filter((s) => s > 0n))
}

/** The last number that `holds`, which is true at `low` and false at `high`; with a grain, up to that much before it. */
export function bisect(low: bigint, high: bigint, holds: (n: bigint) => boolean, grain = 1n): bigint {
  while (high - low > grain) {
    const middle = (low + high) >> 1n
    if (holds(middle)) low = middle
    else high = middle
  }
  return low
}

const ascending = (numbers: readonly bigint[]): bigint[] =>
  [...new Set(numbers)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
