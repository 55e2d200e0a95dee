import { NATIVE } from '../../src/ledger/booking.js'
import type { BookedRow } from '../../src/ledger/ledger.js'
import { spentBy } from '../../src/ledger/spent.js'
import { Random } from '../strategies/aave-v3/support/random.js'
import { A, H } from '../execution/support/records.js'

const SEED = 4_242
const CASES = 500
const ETHER = 10n ** 18n
/** 2,000 dollars a coin. */
const usd8 = (wei: bigint): bigint => (wei * 2_000n) / 10n ** 10n
const COST = ETHER / 1_000n

/** A transaction with a step for each of these gains, wei, that was reckoned with `COST` of gas. */
function row(gains: readonly bigint[], changes: Partial<BookedRow> = {}): BookedRow {
  const net = gains.reduce((sum, gain) => sum + gain, -COST)
  const leg = { market: 'm', collateral: A('1'), debt: A('2'), repay: 0n, seize: 0n, route: 'bid' }
  return {
    ...{ transactionHash: H('1'), blockHash: H('2'), intentId: 'i', blockNumber: 1, blockTime: 1, day: '1970-01-01' },
    ...{ builder: A('3'), extraData: '', status: 1, executed: true, gasWei: COST, bidWei: 0n, unpriced: [], lost: [] },
    ...{ expectedFeesWei: COST, expectedNetWei: net, expectedNetUsd8: net < 0n ? -usd8(-net) - 1n : usd8(net) },
    ...{ netUsd8: null, strays: new Map(), deltas: new Map([[A('1'), 1n]]) },
    legs: gains.map((gross, i) => ({ ...leg, gross, position: `geb-debt/${i}` })),
    ...changes,
  }
}
const spent = (...rows: BookedRow[]): bigint => spentBy(rows).reduce((sum, one) => sum + one, 0n)
const nearly = (wei: bigint): [bigint, bigint] => [usd8(wei), usd8(wei) + 2n]
function within(value: bigint, [least, most]: [bigint, bigint]): void {
  expect([value >= least, value <= most, value]).toEqual([true, true, value])
}

describe('what a transaction takes off the budget of the day', () => {
  it('is the loss as signed, nothing where it gains', () => {
    within(spent(row([-5n * COST])), nearly(6n * COST))
    expect([spent(row([5n * COST])), spent(row([COST]))]).toEqual([0n, 0n])
  })

  it('is not made smaller by what other steps of the same transaction gain: a settled lot hides no losing bid', () => {
    within(spent(row([900n * COST, -450n * COST])), nearly(450n * COST))
    // a gain that pays only a part of the gas leaves the rest
    within(spent(row([COST / 2n, -3n * COST])), nearly(3n * COST + COST / 2n))
  })

  it('is the gas as it was paid, where contracts took more than was reckoned with', () => {
    within(spent(row([0n], { gasWei: (3n * COST) / 2n })), nearly((3n * COST) / 2n))
    within(spent(row([0n], { gasWei: COST / 2n })), nearly(COST))
    // also where the run was to gain, but less than that
    within(spent(row([2n * COST], { gasWei: 5n * COST })), nearly(3n * COST))
  })

  it('is what gas was worth when it was booked, where that is more and nothing else moved', () => {
    const alone = { deltas: new Map([[NATIVE, -COST]]), netUsd8: -9n * usd8(COST) }
    expect(spent(row([0n], alone))).toBe(9n * usd8(COST))
    // reverted, it cost gas, whatever was hoped for
    expect(spent(row([50n * COST], { ...alone, status: 0 }))).toBe(9n * usd8(COST))
    // coins that became a bid are no loss
    within(spent(row([0n], { ...alone, deltas: new Map([[A('1'), -1n]]) })), nearly(COST))
  })

  it('is what a liquidation at a loss really lost: pools that gave less than was quoted are paid from the budget', () => {
    const ends = (one: BookedRow): BookedRow => ({
      ...one,
      legs: one.legs.map((leg) => ({ ...leg, realisesBase: 1n })),
    })
    const quoted = row([9n * COST], { gasWei: 10n * COST, expectedFeesWei: 10n * COST, expectedNetWei: -COST })
    const one = { ...quoted, expectedNetUsd8: -usd8(COST) - 1n }
    within(spent(ends(one)), nearly(COST))
    expect(spent(ends({ ...one, netUsd8: -2n * usd8(COST) }))).toBe(2n * usd8(COST))
    within(spent(ends({ ...one, netUsd8: usd8(COST) })), nearly(COST))
  })

  it('takes the price of a coin from another transaction of the day, where its own comes out even', () => {
    const even = row([2n * COST, -COST])
    expect([even.expectedNetWei, even.expectedNetUsd8]).toEqual([0n, 0n])
    within(spent(even, row([0n])), nearly(2n * COST))
  })

  it(`is never less than the loss of the whole, nor than the sum of its losses (seed ${SEED}, ${CASES} cases)`, () => {
    const random = new Random(SEED)
    let losing = 0
    for (let i = 0; i < CASES; i++) {
      const gains = Array.from({ length: 1 + random.below(4) }, () => (BigInt(random.below(2_000)) - 1_000n) * COST)
      const one = row(gains, { gasWei: (COST * BigInt(50 + random.below(100))) / 100n })
      const losses = gains.reduce((sum, gain) => (gain < 0n ? sum - gain : sum), 0n)
      if (losses > 0n) losing++
      // a rate of four digits
      const least = (usd8(losses) * 9_999n) / 10_000n
      const value = spent(one)
      expect([value >= -one.expectedNetUsd8, value >= least]).toEqual([true, true])
    }
    expect(losing).toBeGreaterThan(CASES / 2)
  })
})
