import { decimal } from '../domain/decimal-json.js'
import type { Missed, MissReason } from '../execution/misses/missed.js'
import { amountText, cut, table } from './screen.js'

/** Lines that a screen is given; `--json` has them all. */
const MOST_ROWS = 40

const short = (hex: string): string => (hex.length > 14 ? `${hex.slice(0, 6)}…${hex.slice(-4)}` : hex)

/** How often each reason was given, the most frequent first. */
export function reasonsOf(
  misses: readonly Missed[],
): readonly { readonly reason: MissReason; readonly count: number }[] {
  const counts = new Map<MissReason, number>()
  for (const { reason } of misses) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count)
}

/** Integers of money as decimal strings. Pure. */
export const missedJson = (misses: readonly Missed[]): string =>
  JSON.stringify({ reasons: reasonsOf(misses), missed: misses }, decimal)

/** As people read it. Pure. */
export function missedText(misses: readonly Missed[]): string[] {
  if (misses.length === 0) return ['Nobody else has liquidated a position in our markets while this keeper ran.']
  const wei = (value: bigint | null): string => (value === null ? '–' : amountText(value, 18, 6))
  const shown = misses.slice(-MOST_ROWS)
  const rows = shown.map((one) => [
    ...[one.blockNumber, one.market, short(one.position), one.reason, one.lateMs ?? '–', short(one.liquidator)],
    ...[cut(one.extraData) || short(one.builder) || '–', wei(one.priceWei), wei(one.bidWei), cut(one.detail)],
  ])
  const head = ['block', 'market', 'position', 'reason', 'late ms', 'by', 'builder', 'paid at most', 'we bid', 'why']
  const all = misses.length > shown.length ? ` (the last ${MOST_ROWS} of ${misses.length}; --json has all)` : ''
  return [
    ...table(
      ['reason', 'liquidations'],
      reasonsOf(misses).map(({ reason, count }) => [reason, count]),
    ),
    '',
    `Liquidations by others${all}`,
    ...table(head, rows),
  ]
}
