import { refuse } from '../../src/domain/refusal.js'
import { isAmounts, legalSizes, type SizeRule } from '../../src/profit/legal-sizes.js'

const amounts = (repay: bigint) => ({
  debtToCover: repay,
  repay,
  seize: repay,
  protocolFee: 0n,
  deficitBase: 0n,
  calls: [],
})
const rule =
  (legal: (repay: bigint) => boolean): SizeRule =>
  (repay) =>
    legal(repay) ? amounts(repay) : refuse('dust-rule', 'leaves dust')

describe('legalSizes', () => {
  it('finds both sides of the gap below a full repayment, to the unit', () => {
    const max = 5_000_000_000n
    const sizes = legalSizes(
      { maxRepay: max, marks: [] },
      rule((r) => r === max || r <= max - 1_000_000_123n),
    )
    expect(sizes.intervals).toEqual([
      { low: max >> 14n, high: max - 1_000_000_123n },
      { low: max, high: max },
    ])
    expect(sizes.ladder).toEqual([...sizes.ladder].sort((a, b) => (a < b ? -1 : 1)))
    expect(sizes.ladder).toEqual(expect.arrayContaining([max, max / 2n, max / 10n, max - 1_000_000_123n]))
  })

  it('takes the maximum alone where rounding makes its neighbours legal', () => {
    const max = 18_095_238_095_238_166_202_191n
    const sizes = legalSizes(
      { maxRepay: max, marks: [] },
      rule((r) => r >= max - 5n || r <= max / 2n),
    )
    expect(sizes.intervals.at(-1)).toEqual({ low: max, high: max })
    expect(sizes.ladder.at(-2)).toBe(max / 2n)
  })

  it('finds a lower bound and an upper bound', () => {
    const sizes = legalSizes(
      { maxRepay: 10n ** 24n, marks: [] },
      rule((r) => r >= 10n ** 23n + 7n && r <= 7n * 10n ** 23n),
    )
    expect(sizes.intervals).toEqual([{ low: 10n ** 23n + 7n, high: 7n * 10n ** 23n }])
  })

  it('begins another interval where another call begins', () => {
    const sizes = legalSizes(
      { maxRepay: 1_600n, marks: [1_000n] },
      rule(() => true),
    )
    expect(sizes.intervals).toEqual([
      { low: 1n, high: 1_000n },
      { low: 1_001n, high: 1_600n },
    ])
    expect(sizes.ladder).toEqual(expect.arrayContaining([1_000n, 500n, 100n, 1_001n, 1_600n, 160n]))
  })

  it('keeps the reason where nothing is legal, and copes with one unit', () => {
    const none = legalSizes(
      { maxRepay: 77n, marks: [] },
      rule(() => false),
    )
    expect(none).toMatchObject({ intervals: [], ladder: [], refusal: { code: 'dust-rule' } })
    expect(
      legalSizes(
        { maxRepay: 1n, marks: [] },
        rule(() => true),
      ).ladder,
    ).toEqual([1n])
    expect(isAmounts(amounts(1n))).toBe(true)
  })
})
